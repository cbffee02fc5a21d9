/** RFC 3339 as the gateway writes it; null stays null. */
export function dateOfJson(time: string | null): Date | null {
  return time === null ? null : new Date(time);
}
