import { errorFromNetwork, errorFromProblem } from './errors';
import { getPlayback } from './videos';

/** A language that a video's captions are in. */
export interface TranscriptTrack {
  /** Of its playlist, relative to the master playlist. */
  uri: string;
  label: string;
  /** A BCP 47 tag. */
  language: string;
}

export interface TranscriptLine {
  startSeconds: number;
  endSeconds: number;
  /** Plain, on one line. */
  text: string;
}

/** What the master playlist offers (RFC 8216 section 4.3.4.1). The grant in its address is the right to it. */
export async function transcriptTracks(
  videoId: string,
  signal: AbortSignal,
): Promise<TranscriptTrack[]> {
  const { hlsUrl } = await getPlayback(videoId, signal);
  return tracksOf(await textOf(hlsUrl, signal));
}

/** Asks for the playback anew, as the grant of an older one may have ended. */
export async function transcriptLines(
  videoId: string,
  track: TranscriptTrack,
  signal: AbortSignal,
): Promise<TranscriptLine[]> {
  const { hlsUrl } = await getPlayback(videoId, signal);
  const playlistUrl = new URL(track.uri, hlsUrl);
  const playlist = await textOf(playlistUrl.href, signal);
  const files = playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const texts = await Promise.all(
    files.map((file) => textOf(new URL(file, playlistUrl).href, signal)),
  );
  return texts.flatMap(linesOf);
}

export function tracksOf(master: string): TranscriptTrack[] {
  return master
    .split('\n')
    .filter((line) => line.startsWith('#EXT-X-MEDIA:'))
    .map((line) => {
      const found = line
        .slice(line.indexOf(':') + 1)
        .matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g);
      return new Map([...found].map(([, name, quoted, bare]) => [name, quoted ?? bare ?? '']));
    })
    .filter((attributes) => attributes.get('TYPE') === 'SUBTITLES')
    .map((attributes) => ({
      uri: attributes.get('URI') ?? '',
      label: attributes.get('NAME') ?? '',
      language: attributes.get('LANGUAGE') ?? '',
    }));
}

/** Of a WebVTT file; what is said by somebody begins with their name. */
export function linesOf(webvtt: string): TranscriptLine[] {
  return webvtt.split(/\n{2,}/).flatMap((block) => {
    const times =
      /^(\d+):(\d\d):(\d\d\.\d{3}) --> (\d+):(\d\d):(\d\d\.\d{3})[^\n]*\n([\s\S]+)/.exec(
        block.trim(),
      );
    if (times === null) return [];
    const [hours, minutes, seconds, endHours, endMinutes, endSeconds] = times
      .slice(1, 7)
      .map(Number);
    return {
      startSeconds: total(hours, minutes, seconds),
      endSeconds: total(endHours, endMinutes, endSeconds),
      text: plain(times[7] ?? ''),
    };
  });
}

function total(hours = 0, minutes = 0, seconds = 0): number {
  return (hours * 60 + minutes) * 60 + seconds;
}

function plain(markup: string): string {
  return markup
    .replace(/<v ([^>]*)>/g, '$1: ')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim();
}

async function textOf(url: string, signal: AbortSignal): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(url, { signal });
  } catch (cause) {
    throw errorFromNetwork(cause);
  }
  const text = await answer.text();
  if (!answer.ok) throw errorFromProblem(answer.status, text);
  return text;
}
