/** How long what one gives out may live: days and words. 0: for ever. */
export const lifetimes: readonly [days: number, words: string][] = [
  [1, 'In a day'],
  [7, 'In 7 days'],
  [30, 'In 30 days'],
  [90, 'In 90 days'],
  [365, 'In a year'],
  [0, 'Never'],
];

const day_ms = 86_400_000;

/** That many days from now; null for ever. */
export function daysFromNow(days: number, now_ms = Date.now()): Date | null {
  return days === 0 ? null : new Date(now_ms + days * day_ms);
}
