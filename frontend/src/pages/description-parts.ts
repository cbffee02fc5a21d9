/** A piece of a description: words, an address to go to, or a time of the video. */
export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'link'; text: string; href: string }
  | { kind: 'time'; text: string; seconds: number };

const address = /https?:\/\/[^\s<>"“”]+/giu;
/** `1:30` and `1:02:03`, but no part of a longer row of digits and colons. */
const time = /(?<![\w:.,-])(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?![\w:]|[.,]\d)/gu;
const closers: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** The pieces, in order: joined, their texts are the description again. */
export function partsOf(description: string, duration_seconds: number | null): Part[] {
  return cut(description, address, linkOf).flatMap((part) =>
    part.kind === 'text' ? cut(part.text, time, (found) => timeOf(found, duration_seconds)) : part,
  );
}

/** The matches that are something, and the text between them. */
function cut(
  text: string,
  pattern: RegExp,
  read: (found: RegExpMatchArray) => Part | null,
): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const found of text.matchAll(pattern)) {
    const part = read(found);
    if (part === null) continue;
    if (found.index > end) parts.push({ kind: 'text', text: text.slice(end, found.index) });
    parts.push(part);
    end = found.index + part.text.length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

function linkOf([found]: RegExpMatchArray): Part | null {
  const text = withoutPunctuation(found);
  try {
    const url = new URL(text);
    // A name before an @ is there to look like the place one goes to.
    const honest = url.username === '' && url.password === '';
    return honest && /^https?:$/.test(url.protocol) ? { kind: 'link', text, href: url.href } : null;
  } catch {
    return null;
  }
}

/** What ends a sentence or closes brackets around an address does not belong to it. */
function withoutPunctuation(text: string): string {
  let end = text.length;
  for (;;) {
    const last = text[end - 1] ?? '';
    const opener = closers[last];
    const kept = text.slice(0, end);
    const unbalanced = opener !== undefined && kept.split(last).length > kept.split(opener).length;
    if (!unbalanced && !/[.,;:!?'’»…*]/u.test(last)) return kept;
    end--;
  }
}

function timeOf(found: RegExpMatchArray, duration_seconds: number | null): Part | null {
  const [text, hours, minutes, seconds] = found;
  if (Number(seconds) > 59 || (hours !== undefined && Number(minutes) > 59)) return null;
  const total_seconds = (Number(hours ?? 0) * 60 + Number(minutes)) * 60 + Number(seconds);
  const within = duration_seconds !== null && total_seconds < duration_seconds;
  return within ? { kind: 'time', text, seconds: total_seconds } : null;
}
