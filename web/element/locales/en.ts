import type { DialogTexts } from '../texts.ts';

/** English. */
export const TEXTS: DialogTexts = {
  at: (time, date) => (date ? `on ${date} at ${time}` : `at ${time}`),
  warningTitle: 'Are you still there?',
  warning: (when, idle) =>
    `You’ll be signed out ${when}, because this session ends after ${idle} without activity.`,
  absoluteTitle: 'Your session is about to end',
  absolute: (when, absolute) =>
    `You’ll be signed out ${when}, because a session lasts ${absolute} at most. Please save your work.`,
  countdown: (left) => `You’ll be signed out in ${left}.`,
  extending: 'One moment…',
  failed: 'The server can’t be reached. Trying again…',
  offline: 'You’re offline. Trying again…',
  unsureTitle: 'We can’t tell whether you are still signed in',
  unsure: (when) => `The session may have ended ${when}.`,
  endedTitle: (when) => (when ? `Signed out ${when}` : 'You’ve been signed out'),
  ended: (reason, limit) =>
    ({
      idle: `You were inactive for ${limit ?? 'too long'}.`,
      absolute: limit
        ? `The session lasted ${limit}, the longest allowed.`
        : 'The session lasted as long as allowed.',
      closed: 'The browser was closed.',
      'signed-out': 'You signed out.',
      elsewhere: 'You signed out in another tab.',
      revoked: 'The session was ended from another device or by an administrator.',
      superseded: 'There was a new sign-in in this browser.',
      unknown: 'The server no longer knows this session.',
    })[reason],
  signedOut: 'Signed out',
  stay: 'Stay signed in',
  keepWorking: 'Keep working',
  signOut: 'Sign out',
  signIn: 'Sign in again',
  signingIn: 'Continue in the window that just opened.',
  signInOther: 'Somebody else has signed in.',
  dismiss: 'Close',
};
