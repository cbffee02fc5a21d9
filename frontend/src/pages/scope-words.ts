import type { Scope } from '../api/account';

/** What a token with this right may do. */
export const scopeWords: Record<Scope, { label: string; about: string }> = {
  read: { label: 'Read', about: 'List and watch what you can watch, and see how much you store.' },
  upload: { label: 'Upload', about: 'Upload videos as you.' },
  manage: { label: 'Manage', about: 'Change, share and delete your videos.' },
};
