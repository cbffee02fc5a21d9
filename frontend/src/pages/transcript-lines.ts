/** What a transcript does with its lines, which are in order of their beginnings. */

/** Position of the line that is said at a time, or was last; -1 before the first. */
export function lineAt(lines: readonly { startSeconds: number }[], seconds: number): number {
  let [from, to] = [0, lines.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((lines[middle]?.startSeconds ?? Infinity) <= seconds) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}

export interface Piece {
  text: string;
  found: boolean;
}

/** The text cut so that each place where the phrase stands, whatever its case, is a piece of its own. */
export function piecesOf(text: string, phrase: string): Piece[] {
  const wanted = phraseOf(phrase);
  if (wanted === null) return [{ text, found: false }];
  const pieces: Piece[] = [];
  let end = 0;
  for (const { index, 0: found } of text.matchAll(wanted)) {
    if (index > end) pieces.push({ text: text.slice(end, index), found: false });
    pieces.push({ text: found, found: true });
    end = index + found.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), found: false });
  return pieces;
}

/** Positions of the lines that the phrase stands in. */
export function linesWith(lines: readonly { text: string }[], phrase: string): number[] {
  const wanted = phraseOf(phrase);
  if (wanted === null) return [];
  return lines.flatMap(({ text }, index) => (text.search(wanted) === -1 ? [] : index));
}

/** The next of some positions after one, or the one before it; round and round. */
export function stepFrom(
  positions: readonly number[],
  from: number,
  direction: 1 | -1,
): number | null {
  const next =
    direction === 1
      ? (positions.find((position) => position > from) ?? positions[0])
      : (positions.findLast((position) => position < from) ?? positions.at(-1));
  return next ?? null;
}

function phraseOf(phrase: string): RegExp | null {
  const words = phrase
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return words[0] === '' ? null : new RegExp(words.join('\\s+'), 'giu');
}
