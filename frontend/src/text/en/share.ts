import { section } from '../section';

/** With whom a video is shared. */
export const text = section('share', {
  title: (video: string) => `Share “${video}”`,
  notPrivate: {
    public:
      'This video is public: everyone who has its link can watch it already. What you set here counts when it is private.',
    unlisted:
      'This video is unlisted: everyone who has its link can watch it already. What you set here counts when it is private.',
  },
  people: 'People',
  emailHint: 'Of somebody with an account here.',
  addPerson: 'Add person',
  nobody: 'Nobody yet. Whom you add finds the video under “Shared with me”.',
  shared: (name: string) => `Shared with ${name}.`,
  unshared: (name: string) => `No longer shared with ${name}.`,
  remove: 'Remove',
  removePerson: (name: string) => `Remove ${name}`,

  links: 'Links',
  newLink: 'New link',
  theNewLink: 'The new link',
  onceWithPassword: 'It is shown only now. Tell the password on another way.',
  once: 'It is shown only now. Whoever has it can watch the video.',
  label: 'Label',
  labelHint: 'For you, to know it again: “For the jury”.',
  passwordOptional: 'Password (optional)',
  passwordHint: 'Asked of everybody who opens the link.',
  createLink: 'Create link',
  noLinks: 'No links. Whoever has one watches the video without an account.',
  noLabel: 'Link without a label',
  neverEnds: 'Never ends',
  neverEndsLocked: 'Never ends, with a password',
  ends: (day: string) => `Ends ${day}`,
  endsLocked: (day: string) => `Ends ${day}, with a password`,
  revoke: 'Revoke',
  revokeLink: (link: string) => `Revoke ${link}`,
  revokeTitle: 'Revoke this link?',
  revokeMessage: (link: string) => `“${link}” stops working at once, for everybody who has it.`,
  revokeIt: 'Revoke link',
});
