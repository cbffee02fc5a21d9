/** 75 → `1:15`, 3675 → `1:01:15`. Whole seconds that have passed, as in the player; a blink counts as one. */
export function formatDuration(duration_seconds: number): string {
  const whole = duration_seconds > 0 ? Math.max(1, Math.floor(duration_seconds)) : 0;
  const parts = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown
    .map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0')))
    .join(':');
}

/** Decimal units, as on disks and data plans: 1 500 000 → `1.5 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const number = (bytes / 1000 ** power).toLocaleString(undefined, {
    maximumFractionDigits: power < 2 ? 0 : 1,
  });
  return `${number} ${units[power] ?? 'B'}`;
}

/** How long something still takes, the way people say it: `about 3 min`. */
export function formatTimeLeft(left_seconds: number): string {
  if (left_seconds < 10) return 'a few seconds';
  if (left_seconds < 60) return `${Math.ceil(left_seconds / 10) * 10} s`;
  if (left_seconds < 3600) return `${Math.ceil(left_seconds / 60)} min`;
  const hours = Math.floor(left_seconds / 3600);
  return `${hours} h ${Math.round((left_seconds % 3600) / 60)} min`;
}

export function formatPercent(part: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, part)) * 100)} %`;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' });

/** `3 days ago`; `just now` within the first minute. */
export function formatAge(date: Date, now = new Date()): string {
  const seconds = (now.getTime() - date.getTime()) / 1000;
  for (const [unit, length] of steps) {
    if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
  }
  return 'just now';
}

/** `24 November 2026`, where the time of the day does not matter. */
export function formatDay(date: Date): string {
  return day.format(date);
}

export function formatDate(date: Date): string {
  return full.format(date);
}
