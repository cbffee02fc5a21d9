import type { text as english } from '../en/account';

export const text: typeof english = {
  welcomeBack: 'Willkommen zurück',
  setUp: 'Playhead einrichten',
  invited: 'Du bist eingeladen',
  createTitle: 'Konto anlegen',
  closed: 'Hier können keine neuen Konten angelegt werden. Frage, wer diese Seite betreibt.',
  byInvitation: 'Neue Konten gibt es hier nur auf Einladung. Frage, wer diese Seite betreibt.',
  byInvitationLink:
    'Neue Konten gibt es hier nur auf Einladung. Bitte den Betreiber dieser Seite um einen Link.',
  byInvitationShort: 'Neue Konten gibt es nur auf Einladung.',
  wrong: 'E-Mail oder Passwort ist falsch.',
  blocked: 'Dieses Konto ist gesperrt. Frage, wer diese Seite betreibt.',
  inTheWay: (email) =>
    `Du bist als ${email} angemeldet. Dieser Link legt ein neues Konto an: Melde dich zuerst ab, um ihn zu verwenden.`,
  signInInstead: 'Stattdessen anmelden',
  adminFirst:
    'Dieses erste Konto verwaltet die Seite: Es darf Leute einladen und sehen, wer was getan hat.',
  choose: 'Wähle, wie du dich anmeldest, und du bist dabei.',
  nameHint: 'Wird bei deinen Videos angezeigt.',
  passwordHint: 'Ein paar Wörter sind ein gutes Passwort.',
  haveAccount: 'Du hast schon ein Konto?',
  newHere: 'Neu hier?',

  forgot: 'Passwort vergessen?',
  forgotTitle: 'Passwort vergessen',
  forgotIntro: 'Wir schicken dir einen Link, mit dem du ein neues wählst.',
  sendLink: 'Link schicken',
  lookIntoMail: 'Sieh in deine E-Mails',
  onItsWay: (email) =>
    `Wenn es ein Konto für ${email} gibt, ist ein Link zu einem neuen Passwort unterwegs. Er gilt eine Stunde.`,
  noMail:
    'Diese Seite verschickt noch keine E-Mails: Wer sie betreibt, findet den Link im Protokoll des Gateways.',
  anotherAddress: 'Andere Adresse versuchen',
  back: 'Zurück zur Anmeldung',

  newPassword: 'Neues Passwort',
  chooseNew: 'Neues Passwort wählen',
  linkOver: 'Dieser Link gilt nicht mehr: Er wurde schon verwendet oder ist älter als eine Stunde.',
  linkIncomplete: 'Diese Adresse ist unvollständig. Öffne den Link aus der E-Mail nochmal.',
  askAgain: 'Neuen Link anfordern',
  newPasswordHint: 'Ein paar Wörter sind ein gutes Passwort. Du wirst überall abgemeldet.',
  changePassword: 'Passwort ändern',
  changed: 'Dein Passwort ist geändert. Melde dich damit an.',
};
