import { PlayheadError } from '../api';

/** Something that a form can tell by itself, before it is sent. */
export function wrongField(field: string, message: string): PlayheadError {
  return new PlayheadError('INVALID_INPUT', { fields: [{ field, message }] });
}

/** What happens to a form when it is sent: at most once at a time, with what is wrong about it. */
export class Submission {
  busy = $state(false);
  error = $state.raw<PlayheadError | null>(null);

  /** `fields` show what is wrong with them themselves, under the names that the service uses. */
  constructor(private readonly fields: readonly string[]) {}

  /** What is wrong with one field, for its own place. */
  wrong(field: string): string | undefined {
    return this.error?.field(field);
  }

  /** What no field shows. Empty: nothing. */
  get message(): string {
    if (this.error === null) return '';
    const wrong = this.error.facts.fields ?? [];
    const elsewhere = wrong.filter(({ field }) => !this.fields.includes(field));
    if (wrong.length === 0) return this.error.message;
    return elsewhere.map(({ message }) => message).join(' ');
  }

  /** Does the work; false where it failed or is still being done. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      await work();
      return true;
    } catch (thrown) {
      if (!(thrown instanceof PlayheadError)) throw thrown;
      this.error = thrown;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
