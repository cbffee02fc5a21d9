import { speaks, type Options } from './options';

/** Makes the player in this element do what the frame's address asks for. */
export function obey(frame: Element, options: Options): void {
  const video = frame.querySelector<HTMLVideoElement>('vp-video');
  const controller = frame.querySelector('media-controller');
  if (video === null || controller === null) throw new Error('there is no player');
  // What is chosen on somebody else's page is not kept; and where frames have no storage, trying
  // to would end in an error.
  for (const kept of ['novolumepref', 'nomutedpref', 'nosubtitleslangpref'])
    controller.setAttribute(kept, '');
  video.loop = options.loop;
  video.muted = options.muted || options.autoplay;
  if (options.autoplay) {
    video.addEventListener('loadedmetadata', () => play(video), { once: true });
  }
  const { captions } = options;
  if (captions === null) return;
  // Not when they are added: to what shows by then, Chromium adds what speaks its own language.
  video.addEventListener('loadedmetadata', () => showCaptions(video, captions), { once: true });
}

function play(video: HTMLVideoElement): void {
  video.play().catch((error: unknown) => {
    // Refused even without sound, to save power: the big button is there.
    if (!(error instanceof DOMException)) throw error;
  });
}

function showCaptions(video: HTMLVideoElement, wanted: string): void {
  for (const track of video.textTracks) {
    const captions = track.kind === 'subtitles' || track.kind === 'captions';
    if (!captions || !speaks(track.language, wanted)) continue;
    // Read, and drawn by the player: above its controls.
    track.mode = 'hidden';
    return;
  }
}
