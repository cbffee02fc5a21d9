import type { text as english } from '../en/lifetimes';
import { plural } from '../plural';

export const text: typeof english = {
  ends: 'Endet',
  days: (days) => plural(days, { one: 'In einem Tag', other: 'In # Tagen' }),
  year: 'In einem Jahr',
  never: 'Nie',
};
