import type { BASE_PATH, EndReason, EVENT_TYPES, OrNewer } from '../core/contract.ts';
import type { Policy, PolicyInput } from '../core/policy.ts';
import type { SessionEnded, SessionStarted } from '../core/protocol.ts';

/**
 * What the panel and the development server say to each other. It is answered on loopback addresses only, to pages of the
 * same origin only, and exists in no deployment. All times are epoch ms by the server's clock.
 */

/** Where the development server answers for itself. */
export const ROUTES = {
  /** `GET`: the panel as a page of its own. */
  panel: '/__curfew',
  /** `GET`: the script that defines `<curfew-panel>`, and puts one into a page that has none. */
  module: '/__curfew/panel.js',
  /** `GET`: a {@link DevState}. */
  state: '/__curfew/state',
  /**
   * `GET`: server-sent events, each named as in {@link DevStreamEvents}, beginning with a `state`. Browsers allow six connections
   * to an origin by HTTP/1.1, and this is one of them for as long as it is open: keep it open only while it is looked at.
   */
  stream: '/__curfew/stream',
  /** `POST` a {@link DevAction} as JSON: answers a {@link DevState} after it, or 400 and a {@link DevProblem}. */
  actions: '/__curfew/actions',
} as const;

/** On every reply under `/__curfew`, with the server's name of itself. Without it something else has answered: a service worker, a proxy. */
export const DEV_HEADER = 'curfew-dev';

/** The element that {@link ROUTES}`.module` defines. */
export const PANEL_TAG = 'curfew-panel';

/** What the server answers under the API's base path. */
export const SERVER_MODES = [
  'up',
  /** 503 `ERR_STORE_UNAVAILABLE`. */
  'down',
  /** As it is, {@link SLOW_MS} later. */
  'slow',
  /** The connection is cut: to the page it is offline. */
  'unreachable',
] as const;
/** One of {@link SERVER_MODES}. */
export type ServerMode = (typeof SERVER_MODES)[number];

/** How much later a slow server answers, ms. */
export const SLOW_MS = 3_000;

/** Whether signing in is possible: `down` is answered as if the identity provider could not be reached. */
export const PROVIDER_MODES = ['up', 'down'] as const;
/** One of {@link PROVIDER_MODES}. */
export type ProviderMode = (typeof PROVIDER_MODES)[number];

/** All that the panel shows. */
export interface DevState {
  /** The server's time. */
  readonly now: number;
  /** What the paths of the API begin with. */
  readonly basePath: typeof BASE_PATH | (string & {});
  /** The rules of sessions. */
  readonly policy: Policy;
  /** Newest first, those included that have ended and can still say why. */
  readonly sessions: readonly DevSession[];
  /** What is broken on purpose. */
  readonly faults: { readonly server: ServerMode; readonly provider: ProviderMode };
  /** Names to sign in with. */
  readonly users: readonly string[];
}

/** A session as the server has it. */
export interface DevSession {
  /** 22 characters. */
  readonly sessionId: string;
  /** Who owns it. */
  readonly subject: string;
  /** As shown in the page; left out where the user has none. */
  readonly name?: string;
  /** Whether it is the session of the browser that asks, by the cookie of its request. */
  readonly current: boolean;
  /** `expired`: past its deadline, and nobody has noticed yet. */
  readonly state: 'live' | 'expired' | 'ended';
  /** Why it ended, or will have; left out while it is live. */
  readonly reason?: OrNewer<EndReason>;
  /** Left out until it has ended. */
  readonly endedAt?: number;
  readonly createdAt: number;
  readonly lastActivityAt: number;
  readonly idleExpiresAt: number;
  readonly absoluteExpiresAt: number;
  /** The earlier of the two. */
  readonly expiresAt: number;
  /** When the close grace ends that is running; null: none is. */
  readonly closesAt: number | null;
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
  readonly warnBeforeMs: number;
  readonly absoluteWarnBeforeMs: number;
}

/** That a session began or ended: `CurfewEvent` of `curfew/server`. */
export type DevEvent =
  | { readonly type: typeof EVENT_TYPES.started; readonly detail: SessionStarted }
  | { readonly type: typeof EVENT_TYPES.ended; readonly detail: SessionEnded };

/** Why a request touched the session, or did not. */
export const REASONS_TO_TOUCH = {
  pulse: 'A pulse: the page says how long ago the user was active.',
  'old-pulse': 'A pulse that says nothing newer than what is known.',
  active: 'It says how long ago the user was active, in Curfew-Idle-For.',
  navigation: 'The user opened this page.',
  covered: 'The user was active, which a touch in the same touch interval covers.',
  passive: 'It says nothing about activity.',
  api: 'It asks about the session, which is no activity.',
  'signed-in': 'A session began.',
  'signed-out': 'The session ended.',
  'no-session': 'It brought no session.',
  unknown: 'It brought a session that this server does not know.',
  over: 'Its session had ended.',
  'other-site': 'It came from no page of this origin, so its session does not count.',
  'other-run': 'It showed no mark of the run that its session is bound to.',
  fault: 'What it needs is down, as you chose.',
} as const;
/** One of {@link REASONS_TO_TOUCH}. */
export type WhyTouched = keyof typeof REASONS_TO_TOUCH;

/** A request that the server has answered, or handed on to the application. */
export interface DevRequest {
  /** When it came. */
  readonly at: number;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** Of the answer; 0: there was none. */
  readonly status: number;
  /** Whether the session's idle deadline moved by it. */
  readonly touched: boolean;
  readonly why: WhyTouched;
}

/** Data of each server-sent event, by its name, as JSON. */
export interface DevStreamEvents {
  /** At the beginning, and after each change. `current` in it is by the cookie that opened the stream: open it anew after a sign-in. */
  readonly state: DevState;
  readonly event: DevEvent;
  readonly request: DevRequest;
}

/** What the panel can make happen. */
export type DevAction =
  /** So much time passes: the server's clock moves ahead, ms, a whole number from 1 to 31 622 400 000 (366 days). It stays ahead over a restart. */
  | { readonly action: 'clock'; readonly advanceMs: number }
  /** Ends a session, as an administrator does. */
  | { readonly action: 'revoke'; readonly sessionId: string }
  | { readonly action: 'server'; readonly mode: ServerMode }
  | { readonly action: 'provider'; readonly mode: ProviderMode }
  /** Changes these rules of the policy, for new sessions and, other than in a deployment, for those under way. */
  | { readonly action: 'policy'; readonly policy: PolicyInput }
  /**
   * The browser that asks was closed, and its tabs were restored: its cookie is back, and the mark of its run is not. Nothing
   * happens to a session that is not bound to the run, which is what a real browser would show.
   */
  | { readonly action: 'restore-browser' }
  /** Signs the browser that asks in, in the place of the session that it has. The subject is the name. */
  | { readonly action: 'sign-in'; readonly name: string };

/** Why an action was refused. */
export interface DevProblem {
  /** A sentence that names the field at fault. */
  readonly error: string;
}
