import { text as common } from '../text/en/common';
import { formatUnit, perLocale } from '../text/numbers';

export { formatBytes, formatDuration, formatPercent } from '../text/numbers';

/** How long something still takes, the way people say it: `3 min`. */
export function formatTimeLeft(left_seconds: number): string {
  if (left_seconds < 10) return common.fewSeconds;
  if (left_seconds < 60) return formatUnit(Math.ceil(left_seconds / 10) * 10, 'second');
  const minutes = Math.ceil(left_seconds / 60);
  if (minutes < 60) return formatUnit(minutes, 'minute');
  const hours = formatUnit(Math.floor(minutes / 60), 'hour');
  return common.hoursAndMinutes(hours, formatUnit(minutes % 60, 'minute'));
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];
const relative = perLocale((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
const day = perLocale((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'long' }));
const full = perLocale(
  (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' }),
);

/** `3 days ago`; `just now` within the first minute. */
export function formatAge(date: Date, now = new Date()): string {
  const seconds = (now.getTime() - date.getTime()) / 1000;
  for (const [unit, length] of steps) {
    if (seconds >= length) return relative().format(-Math.floor(seconds / length), unit);
  }
  return common.justNow;
}

/** `24 November 2026`, where the time of the day does not matter. */
export function formatDay(date: Date): string {
  return day().format(date);
}

export function formatDate(date: Date): string {
  return full().format(date);
}
