import type { Snapshot } from '../client/types.ts';

/** Everything that the dialog says. Durations come formatted for the language of the page. */
export interface DialogTexts {
  warningTitle: string;
  warning: (idleTimeout: string) => string;
  absoluteTitle: string;
  absolute: (absoluteTimeout: string) => string;
  countdown: (left: string) => string;
  extending: string;
  failed: string;
  offline: string;
  endedTitle: string;
  ended: (reason: NonNullable<Snapshot['reason']>, idleTimeout: string, absoluteTimeout: string) => string;
  stay: string;
  keepWorking: string;
  signOut: string;
  signOutFailed: string;
  signIn: string;
  /** Before the page's own title while the tab is hidden. */
  titleCue: (left: string) => string;
  titleEnded: string;
}

const REASONS: Partial<Record<NonNullable<Snapshot['reason']>, string>> = {
  closed: 'Your session ended because the browser was closed.',
  'signed-out': 'You signed out.',
  revoked: 'This session was ended from another device, or by an administrator.',
  superseded: 'Another sign-in in this browser took the place of this one.',
};

export const ENGLISH: DialogTexts = {
  warningTitle: 'Are you still there?',
  warning: (idle) => `For your security, we sign you out after ${idle} without activity.`,
  absoluteTitle: 'Your time is nearly up',
  absolute: (absolute) =>
    `Nobody stays signed in for more than ${absolute}. Save your work, then sign in again.`,
  countdown: (left) => `You will be signed out in ${left}.`,
  extending: 'One moment …',
  failed: 'The server could not be reached, so nothing has changed. Trying again …',
  offline: 'You are offline. We try again as soon as you are back.',
  endedTitle: 'You’ve been signed out',
  ended: (reason, idle, absolute) => {
    // A page that opens after the end may not know how long the limits were.
    if (reason === 'idle') return `You were signed out after ${idle || 'a time'} without activity.`;
    if (reason === 'absolute') {
      return `You were signed out after ${absolute || 'a while'}, the longest that anyone stays signed in.`;
    }
    return REASONS[reason] ?? 'Your session is over.';
  },
  stay: 'Stay signed in',
  keepWorking: 'Keep working',
  signOut: 'Sign out',
  signOutFailed: 'You are still signed in: the server could not be reached.',
  signIn: 'Sign in again',
  titleCue: (left) => `${left} left · `,
  titleEnded: 'Signed out · ',
};
