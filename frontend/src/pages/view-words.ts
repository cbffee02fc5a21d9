const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

/** `1 view`, `1.2K views`. */
export function viewWords(count: number): string {
  return count === 1 ? '1 view' : `${compact.format(count)} views`;
}
