import type { Snapshot } from '../client/types.ts';

/** Everything that the dialog says. Durations are formatted for the language of the page. */
export interface DialogTexts {
  /** Heading of the warning. */
  warningTitle: string;
  /** Below it: why the session is about to end. */
  warning: (idleTimeout: string) => string;
  /** Heading when the session ends in any case, since its absolute limit is near. */
  absoluteTitle: string;
  /** Below that: it cannot be extended. */
  absolute: (absoluteTimeout: string) => string;
  /** The time that is left. Also spoken, at 60, 40 and 20 s. */
  countdown: (left: string) => string;
  /** While the server is asked to extend. */
  extending: string;
  /** The server gives no answer, or the user's request has failed. It is being tried again. */
  failed: string;
  /** While the device has no network. */
  offline: string;
  /** Heading once the session has ended. */
  endedTitle: string;
  /** Below it: why. `unknown` where the server no longer says. */
  ended: (reason: NonNullable<Snapshot['reason']>, idleTimeout: string, absoluteTimeout: string) => string;
  /** The button that extends. */
  stay: string;
  /** The same place when the session cannot be extended: closes the dialog until the end. */
  keepWorking: string;
  /** The button that signs out. */
  signOut: string;
  /** The link to sign in again. */
  signIn: string;
  /** Closes what stands beside the page. */
  dismiss: string;
  /** In place of a duration that this page does not know. */
  someTime: string;
  /** Before the page's own title while the tab is hidden; without a time once the session has ended. */
  titleCue: (left: string) => string;
}

/** The texts of a dialog that was given no others. */
export const ENGLISH: DialogTexts = {
  warningTitle: 'Are you still there?',
  warning: (idle) => `You are signed out after ${idle} without activity.`,
  absoluteTitle: 'Your time is almost up',
  absolute: (absolute) =>
    `You are signed out after ${absolute} in any case. Save your work and sign in again.`,
  countdown: (left) => `You will be signed out in ${left}.`,
  extending: 'One moment …',
  failed: 'The server is out of reach. Trying again …',
  offline: 'You are offline. Trying again …',
  endedTitle: 'You’ve been signed out',
  ended(reason, idle, absolute) {
    const texts: Record<typeof reason, string> = {
      idle: `You were signed out after ${idle} without activity.`,
      absolute: `You were signed out after ${absolute}, the longest allowed.`,
      closed: 'You were signed out because the browser was closed.',
      'signed-out': 'You signed out.',
      revoked: 'You were signed out from another device or by an administrator.',
      superseded: 'You were signed out by another sign-in in this browser.',
      unknown: 'You were signed out.',
    };
    // A newer server may give a reason that this page does not know.
    return texts[reason] ?? texts.unknown;
  },
  stay: 'Stay signed in',
  keepWorking: 'Keep working',
  signOut: 'Sign out',
  signIn: 'Sign in again',
  dismiss: 'Close',
  someTime: 'some time',
  titleCue: (left) => `${left || 'Signed out'} · `,
};
