import { formatNumber, perLocale } from './numbers';

const rules = perLocale((locale) => new Intl.PluralRules(locale));

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** The form that goes with the number, which takes the place of `#`. */
export function plural(count: number, forms: Forms, write = formatNumber): string {
  // By a function: what stands around it may have a `$`.
  return (forms[rules().select(count)] ?? forms.other).replace('#', () => write(count));
}
