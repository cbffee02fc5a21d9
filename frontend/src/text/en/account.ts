import { section } from '../section';

/** Signing in, making an account, and a forgotten password. */
export const text = section('account', {
  welcomeBack: 'Welcome back',
  setUp: 'Set up Playhead',
  invited: 'You are invited',
  createTitle: 'Create an account',
  closed: 'New accounts cannot be made here. Ask whoever runs this site.',
  byInvitation: 'New accounts are by invitation here. Ask whoever runs this site.',
  byInvitationLink: 'New accounts are by invitation here. Ask whoever runs this site for a link.',
  byInvitationShort: 'New accounts are by invitation.',
  wrong: 'The email or the password is wrong.',
  blocked: 'This account is blocked. Ask whoever runs this site.',
  inTheWay: (email: string) =>
    `You are signed in as ${email}. This link makes a new account: sign out first to use it.`,
  signInInstead: 'Sign in instead',
  adminFirst: "This first account is the admin's: it may invite people and see who did what.",
  choose: 'Choose how you sign in, and you are in.',
  nameHint: 'Shown with your videos.',
  passwordHint: 'A few words make a good one.',
  haveAccount: 'Have an account?',
  newHere: 'New here?',

  forgot: 'Forgot your password?',
  forgotTitle: 'Forgot your password',
  forgotIntro: 'We send you a link with which you choose a new one.',
  sendLink: 'Send the link',
  lookIntoMail: 'Look into your mail',
  onItsWay: (email: string) =>
    `If there is an account for ${email}, a link to a new password is on its way. It works for one hour.`,
  noMail: "This site sends no mail yet: whoever runs it finds the link in the gateway's log.",
  anotherAddress: 'Try another address',
  back: 'Back to signing in',

  newPassword: 'New password',
  chooseNew: 'Choose a new password',
  linkOver: 'This link does not work any more: it has been used, or it is older than one hour.',
  linkIncomplete: 'This address is not complete. Open the link from the mail again.',
  askAgain: 'Ask for a new link',
  newPasswordHint: 'A few words make a good one. You will be signed out everywhere.',
  changePassword: 'Change password',
  changed: 'Your password is changed. Sign in with it.',
});
