import { PlayheadError } from '../api';
import { toasts } from '../ui/toasts.svelte';

/** Does something for the person, and tells them where it fails. */
export async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof PlayheadError)) throw error;
    toasts.show(error.message);
  }
}
