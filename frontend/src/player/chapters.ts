export interface Chapter {
  startSeconds: number;
  title: string;
}

/**
 * Puts chapters where media-chrome's seek bar looks for them: into a text track of their kind.
 * They are few and known with the video, so nothing is fetched.
 */
export function showChapters(video: HTMLVideoElement, chapters: readonly Chapter[]): void {
  const there = [...video.textTracks].find(({ kind }) => kind === 'chapters');
  if (there === undefined && chapters.length === 0) return;
  const track = there ?? video.addTextTrack('chapters');
  track.mode = 'hidden';
  for (const cue of [...(track.cues ?? [])]) track.removeCue(cue);
  chapters.forEach(({ startSeconds, title }, index) => {
    const end_seconds = chapters[index + 1]?.startSeconds ?? video.duration;
    if (end_seconds > startSeconds)
      track.addCue(new VTTCue(startSeconds, end_seconds, safe(title)));
  });
  // Nobody hears of new cues: of a track that changed, media-chrome does.
  video.textTracks.dispatchEvent(new Event('change'));
}

/** Cue text is markup. */
function safe(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
