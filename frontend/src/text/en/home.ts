import { plural } from '../plural';
import { section } from '../section';

/** The library: all videos, what is shared, and what a search found. */
export const text = section('home', {
  videos: 'Videos',
  which: 'Which videos',
  all: 'All videos',
  shared: 'Shared with me',
  quoted: (query: string) => `“${query}”`,
  found: (count: number, more: boolean) =>
    plural(count, {
      one: `#${more ? ' or more' : ''} video found`,
      other: `#${more ? ' or more' : ''} videos found`,
    }),
  signInToShared: 'Sign in to see what is shared with you',
  sharedByName: 'Videos are shared with people by name.',
  signInToWatch: 'Sign in to watch',
  membersOnly: 'Videos here are for people with an account.',
  notLoaded: 'The videos could not be loaded',
  nothingFound: 'Nothing found',
  noMatch: (query: string) =>
    `No title, description, tag or caption matches “${query}”. Try fewer or other words.`,
  noMatchFiltered: (query: string) =>
    `No title, description, tag or caption matches “${query}” with these filters. Try fewer or other words.`,
  noneLikeThis: 'No video is like this.',
  withoutFilters: 'Search without filters',
  filters: 'Filters',
  filtersNotLoaded: 'The filters could not be loaded. Try again later.',
  showAllShared: 'Show all that is shared with me',
  showAll: 'Show all videos',
  nothingShared: 'Nothing is shared with you yet',
  sharedAppears: 'When somebody shares a private video with you by name, it appears here.',
  firstIsYours: 'The first video is yours',
  nothingPublished:
    'Nothing is published here yet. Upload a file: it plays seconds after its last byte arrives, however long it is.',
});
