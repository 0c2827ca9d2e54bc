import type { Policy } from '../../core/policy.ts';
import type { Keyring } from '../service-secret/keyring.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { SignInStore } from '../store/sign-in-store.ts';
import type { SubjectStore } from '../store/subject-store.ts';
import type { Provider } from './provider.ts';

/** What signing in works with. */
export interface AuthOptions {
  /** The rules of new sessions. */
  readonly policy: Policy;
  readonly provider: Provider;
  readonly store: SessionStore & SignInStore & SubjectStore;
  /** Seals sign-ins under way, and which session began last in a browser. */
  readonly keyring: Keyring;
  /** Cryptographically secure. */
  readonly randomBytes: (size: number) => Uint8Array;
  /**
   * `always`: every sign-in asks the user to authenticate anew, or the provider's own session would undo the
   * timeout. `after-end`: only where the browser shows the cookie of a session, or of its last one, in any state.
   */
  readonly reauthentication: 'always' | 'after-end';
  /** `trust` accepts a provider that does not say when the user authenticated. */
  readonly missingAuthTime: 'refuse' | 'trust';
  /** What the paths of the API begin with. @default '/api' */
  readonly basePath?: string | undefined;
  /** Live sessions that a user may have at once; the oldest is ended for a new one. @default undefined: any number */
  readonly maxSessions?: number | undefined;
}
