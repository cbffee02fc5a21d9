/** How long a word about what was just done stays. */
const said_ms = 1200;

/** A word about what was just done; it goes by itself. */
export class Said {
  words = $state('');
  #going: ReturnType<typeof setTimeout> | undefined;

  say(words: string): void {
    clearTimeout(this.#going);
    this.words = words;
    this.#going = setTimeout(() => (this.words = ''), said_ms);
  }

  end(): void {
    clearTimeout(this.#going);
  }
}
