import { plural } from '../plural';
import { section } from '../section';

/** How long what one gives out may live. */
export const text = section('lifetimes', {
  ends: 'Ends',
  days: (days: number) => plural(days, { one: 'In a day', other: 'In # days' }),
  year: 'In a year',
  never: 'Never',
});
