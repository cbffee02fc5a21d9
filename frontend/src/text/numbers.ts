import { language } from './language.svelte';

/** A formatter that is made once for each locale that the page is in. */
export function perLocale<Formatter>(make: (locale: string) => Formatter): () => Formatter {
  let made: { locale: string; formatter: Formatter } | undefined;
  return () => {
    const { locale } = language;
    if (made?.locale !== locale) made = { locale, formatter: make(locale) };
    return made.formatter;
  };
}

type TimeUnit = 'second' | 'minute' | 'hour' | 'day';

const numbers = perLocale((locale) => new Intl.NumberFormat(locale));
const compact = perLocale(
  (locale) => new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }),
);
const percents = perLocale((locale) => new Intl.NumberFormat(locale, { style: 'percent' }));

export function formatNumber(number: number): string {
  return numbers().format(number);
}

/** Where room matters more than the last digit: `1.2K`. */
export function formatCompact(number: number): string {
  return compact().format(number);
}

/** Never 100 % too early, nor anything beyond. */
export function formatPercent(part: number): string {
  // 0.29 * 100 is a little less than 29.
  return percents().format(Math.floor(Math.min(1, Math.max(0, part)) * 100 + 1e-9) / 100);
}

/** Decimal units, as on disks and data plans: 1 500 000 → `1.5 MB`. */
export function formatBytes(bytes: number): string {
  const names = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const power = Math.min(names.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const formatter = unitFormat(
    names[power] ?? 'byte',
    power === 0 ? 'long' : 'short',
    power < 2 ? 0 : 1,
  );
  return formatter.format(bytes / 1000 ** power);
}

/** 4 500 000 → `4.5 Mb/s`. */
export function formatBitrate(bits_per_second: number): string {
  return unitFormat('megabit-per-second', 'short', 1).format(bits_per_second / 1e6);
}

/** 75 → `1:15`, 3675 → `1:01:15`. Whole seconds that have passed, as in the player; a blink counts as one. */
export function formatDuration(duration_seconds: number): string {
  const whole = duration_seconds > 0 ? Math.max(1, Math.floor(duration_seconds)) : 0;
  const parts = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown
    .map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0')))
    .join(':');
}

/** `3 min`, `1.5 hr`; `long` where there is room: `3 minutes`. */
export function formatUnit(
  number: number,
  unit: TimeUnit,
  unitDisplay: 'short' | 'long' = 'short',
): string {
  return unitFormat(unit, unitDisplay, 1).format(number);
}

// They are dear to make: each is kept until the language changes.
const units = perLocale(() => new Map<string, Intl.NumberFormat>());

function unitFormat(
  unit: string,
  unitDisplay: 'short' | 'long',
  maximumFractionDigits: number,
): Intl.NumberFormat {
  const key = unit + unitDisplay;
  let format = units().get(key);
  if (!format) {
    const options = { style: 'unit', unit, unitDisplay, maximumFractionDigits } as const;
    format = new Intl.NumberFormat(language.locale, options);
    units().set(key, format);
  }
  return format;
}
