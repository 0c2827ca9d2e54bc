import type { Snapshot } from '../client/types.ts';

/** Why a session ended, as the dialog tells it: a reason, or `elsewhere`, which is a sign-out that was not this page's. */
export type ToldReason = NonNullable<Snapshot['reason']> | 'elsewhere';

/** Units of the durations in texts. */
export type DurationUnit = 'hour' | 'minute' | 'second';

/**
 * Everything that the dialog says. Durations and times come in words, formatted for the language of the texts; `when` is what
 * `at` makes of a point in time.
 */
export interface DialogTexts {
  /** A point in time within a sentence: `at 14:32`. With a date where that is not today: `on 28 November at 0:05`. */
  at: (time: string, date?: string) => string;
  /** A duration within a sentence, where the case that `Intl` gives does not fit. @default by Intl.NumberFormat */
  duration?: ((value: number, unit: DurationUnit) => string) | undefined;
  /** Heading of the warning. */
  warningTitle: string;
  /** Below it: when the session ends, and why. */
  warning: (when: string, idleTimeout: string) => string;
  /** Heading when the session ends in any case, since its absolute limit is near. */
  absoluteTitle: string;
  /** Below that: when it ends, that it cannot be extended, and that work is to be saved. */
  absolute: (when: string, absoluteTimeout: string) => string;
  /** The time that is left. Spoken at 60, 40 and 20 s. */
  countdown: (left: string) => string;
  /** While the server is asked to extend. */
  extending: string;
  /** The server gives no answer, or the user's request has failed. It is being tried again. */
  failed: string;
  /** While the device has no network. */
  offline: string;
  /** Heading when the session should have ended, and the server has not been reached since. */
  unsureTitle: string;
  /** Below that. */
  unsure: (when: string) => string;
  /** Heading once the session has ended; without a time where none is known. */
  endedTitle: (when?: string) => string;
  /** Below that: why. With the timeout of that reason, if it has one and this page knows it. */
  ended: (reason: ToldReason, timeout?: string) => string;
  /** Before the page's own title, in a hidden tab, once the session has ended. */
  signedOut: string;
  /** The button that extends. */
  stay: string;
  /** The same place when the session cannot be extended: closes the dialog until the end. */
  keepWorking: string;
  /** The button that signs out. */
  signOut: string;
  /** What leads to signing in again. */
  signIn: string;
  /** While a small window waits for the user to sign in. */
  signingIn: string;
  /** Another user has signed in there. */
  signInOther: string;
  /** Closes what stands beside the page. */
  dismiss: string;
}

/** Some texts of the page's own. Those that are left out, or undefined, are in the language of the page. */
export type OwnTexts = { readonly [K in keyof DialogTexts]?: DialogTexts[K] | undefined };
