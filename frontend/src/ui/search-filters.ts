/** What narrows a search, as the address has it. */
export interface SearchFilters {
  length: keyof typeof lengths | '';
  since: keyof typeof ages | '';
  captions: boolean;
  /** A person's id. */
  owner: string;
  tag: string;
}

/** From, inclusive, and to, exclusive, in seconds. */
export const lengths = {
  short: { to_seconds: 240 },
  medium: { from_seconds: 240, to_seconds: 1200 },
  long: { from_seconds: 1200 },
} satisfies Record<string, { from_seconds?: number; to_seconds?: number }>;

/** In days. */
export const ages = { day: 1, week: 7, month: 30, year: 365 };

export const noFilters: SearchFilters = {
  length: '',
  since: '',
  captions: false,
  owner: '',
  tag: '',
};

/** Whatever an address says that is no filter is as if it said nothing. */
export function readFilters(address: URLSearchParams): SearchFilters {
  const owner = address.get('owner') ?? '';
  return {
    length: oneOf(lengths, address.get('length')),
    since: oneOf(ages, address.get('since')),
    captions: address.get('captions') === '1',
    owner: /^[a-z2-7]{26}$/.test(owner) ? owner : '',
    tag: (address.get('tag') ?? '').slice(0, 50),
  };
}

/** What `readFilters` reads. */
export function writeFilters(filters: SearchFilters): Record<string, string> {
  const { captions, ...texts } = filters;
  const said = Object.entries({ ...texts, captions: captions ? '1' : '' });
  return Object.fromEntries(said.filter(([, value]) => value !== ''));
}

export function isFiltering(filters: SearchFilters): boolean {
  return Object.keys(writeFilters(filters)).length > 0;
}

function oneOf<Name extends string>(known: Record<Name, unknown>, name: string | null): Name | '' {
  return name !== null && Object.hasOwn(known, name) ? (name as Name) : '';
}
