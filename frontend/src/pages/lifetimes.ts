import { text } from '../text/en/lifetimes';

/** How long what one gives out may live, in days. 0: for ever. */
export const lifetimes = [1, 7, 30, 90, 365, 0] as const;

/** What such a choice is called. */
export function lifetimeWords(days: number): string {
  if (days === 0) return text.never;
  return days === 365 ? text.year : text.days(days);
}

const day_ms = 86_400_000;

/** That many days from now; null for ever. */
export function daysFromNow(days: number, now_ms = Date.now()): Date | null {
  return days === 0 ? null : new Date(now_ms + days * day_ms);
}
