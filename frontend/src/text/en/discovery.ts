import { plural } from '../plural';
import { section } from '../section';

/** What narrows a search, and what a person has published. */
export const text = section('discovery', {
  length: 'Length',
  anyLength: 'Any',
  lengths: { short: 'Under 4 minutes', medium: '4 to 20 minutes', long: 'Over 20 minutes' },
  uploaded: 'Uploaded',
  anyTime: 'Any time',
  ages: { day: 'Last 24 hours', week: 'Last week', month: 'Last month', year: 'Last year' },
  by: 'By',
  anyone: 'Anyone',
  withCaptions: 'With captions',
  removeTag: (tag: string) => `Remove the tag ${tag}`,

  videoCount: (count: number, more: boolean) =>
    plural(count, {
      one: `# video${more ? ' or more' : ''}`,
      other: `# videos${more ? ' or more' : ''}`,
    }),
  searchThese: 'Search these videos',
  nothingPublished: 'Nothing is published yet',
  nothingPublishedMessage: 'Your public videos appear here for everybody.',
});
