import type { text as english } from '../en/my-videos';

export const text: typeof english = {
  signIn: 'Melde dich an, um deine Videos zu sehen',
  signInMessage: 'Sie warten auf dich.',
  notLoaded: 'Deine Videos konnten nicht geladen werden',
  none: 'Noch keine Videos',
  noneMessage: 'Was du hochlädst, erscheint hier, mit allem, was du daran ändern kannst.',
  video: 'Video',
  state: 'Zustand',
  added: 'Hinzugefügt',
  actions: 'Aktionen',
  visibilityOf: (title) => `Sichtbarkeit von ${title}`,
  ready: 'Fertig',
  stopped: 'Angehalten',
  playable: 'Läuft schon',
  moreFor: (title) => `Mehr für ${title}`,
};
