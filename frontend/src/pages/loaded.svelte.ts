import { PlayheadError } from '../api';

/** Something a page asks for: there, on its way, or why not. */
export class Loaded<Value> {
  value = $state.raw<Value | null>(null);
  error = $state.raw<PlayheadError | null>(null);

  constructor(private readonly get: () => Promise<Value>) {
    void this.load();
  }

  /** Asks, for the first time or again. */
  async load(): Promise<void> {
    this.error = null;
    try {
      this.value = await this.get();
    } catch (thrown) {
      if (!(thrown instanceof PlayheadError)) throw thrown;
      this.error = thrown;
    }
  }
}

interface Page<Item> {
  items: Item[];
  nextPageToken: string | null;
}

/** A list that grows page by page. */
export class Paged<Item extends { id: string }> {
  items = $state.raw<Item[]>([]);
  error = $state.raw<PlayheadError | null>(null);
  loading = $state(true);
  more = $state(false);
  #nextPageToken: string | null = null;

  constructor(private readonly get: (pageToken: string | null) => Promise<Page<Item>>) {
    void this.#load();
  }

  /** The next page, or the one that failed. */
  loadMore(): void {
    if (!this.loading) void this.#load();
  }

  put(item: Item): void {
    this.items = this.items.map((other) => (other.id === item.id ? item : other));
  }

  drop(id: string): void {
    this.items = this.items.filter((other) => other.id !== id);
  }

  async #load(): Promise<void> {
    this.loading = true;
    this.error = null;
    try {
      const page = await this.get(this.#nextPageToken);
      // What was added meanwhile moves the rest: keep each once.
      const known = this.items.map(({ id }) => id);
      this.items = [...this.items, ...page.items.filter(({ id }) => !known.includes(id))];
      this.#nextPageToken = page.nextPageToken;
      this.more = page.nextPageToken !== null;
    } catch (thrown) {
      if (!(thrown instanceof PlayheadError)) throw thrown;
      this.error = thrown;
    } finally {
      this.loading = false;
    }
  }
}
