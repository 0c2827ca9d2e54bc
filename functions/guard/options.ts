import type { ErrorCode } from '../../core/errors.ts';
import type { SessionStore } from '../store/session-store.ts';

/** What a guard works with, all defaults filled in. */
export interface GuardOptions {
  readonly store: SessionStore;
  /** The clock, read once a request. Epoch ms. */
  readonly now: () => number;
  /**
   * Origin of the site. Requests that may change state (any method but GET, HEAD and OPTIONS, and any upgrade) are
   * rejected with 403 unless they come from the site itself: a sibling subdomain's carry the cookie too. The browser
   * says so in `Sec-Fetch-Site`, with or without this option. In browsers that do not send it (before Safari 16.4,
   * and where the site is not https), `Origin` is compared with this.
   * @default SITE_URL; without it, a request without `Sec-Fetch-Site` that may change state is rejected
   */
  readonly siteUrl?: string | undefined;
  /**
   * The secrets that the distribution in front of the handler may add to a request, as header `x-curfew-origin`: a request
   * with none of them went around it, and gets 403. Each has 32 characters or more, ASCII without spaces; two are
   * accepted while they are rotated. `[]`: requests may come directly, whatever the environment says.
   * @default ORIGIN_SECRET; without it, requests may come directly
   */
  readonly originSecrets?: readonly string[] | undefined;
  /** `attach` runs the handler, with the reason, when the session has ended. @default 'reject': 401 */
  readonly onEnded?: 'reject' | 'attach' | undefined;
  /** `attach` runs the handler, with `{state: 'none'}`, for a request without a session. @default 'reject': 401 */
  readonly onMissing?: 'reject' | 'attach' | undefined;
  /**
   * For handlers that render pages: a navigation from another site carries no session cookie, so it is answered
   * with a tiny page that asks again from this site, once. A document outside `/api/` whose session is bound to a run of
   * the browser, where browsers do not show the mark of their run, comes after a page that checks whether this is that
   * run; without this option it is rejected. @default false
   */
  readonly bounce?: boolean | undefined;
  /**
   * What the paths of the session API begin with, where a server of one's own has it elsewhere.
   * @default '/api'
   */
  readonly basePath?: string | undefined;
  /**
   * Where the page leads that says, with `bounce`, that the browser was closed: a path of the site. @default the sign-in under
   * `basePath`; that of `createCurfew` without an identity: '/'
   */
  readonly signInPath?: string | undefined;
  /** Told what the guard does, for metrics. @default in front of Lambda handlers, metrics in their log; elsewhere nobody is told */
  readonly observer?: GuardObserver | undefined;
}

/** Told what the guard does, for metrics. What fails in it goes to the console, and harms no request. */
export interface GuardObserver {
  /** An active request, and whether it cost a write. */
  readonly touched?: ((written: boolean) => void) | undefined;
  /** A rejected request, or `ERR_REQUEST_INVALID` for a `Curfew-Idle-For` that does not parse. */
  readonly refused?: ((code: ErrorCode) => void) | undefined;
  /**
   * A request, rejected with `ERR_CROSS_SITE`, that shows an origin secret which is none of `originSecrets`: the distribution has another,
   * or somebody guesses. Not told of a request that shows none.
   */
  readonly wrongOriginSecret?: (() => void) | undefined;
}
