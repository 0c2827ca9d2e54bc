/**
 * Every name that two sides spell: server and browser, function and template, writer and reader. Changing one of them
 * breaks a deployed stack, an open page or a stored row.
 */

/** The path that all others of the API are under. A server of one's own may have another. */
export const BASE_PATH = '/api';

/** `__Host-`: browsers accept it only over https, for this very host, with Path=/ (RFC 6265bis §4.1.3.2). */
export const COOKIES = {
  session: '__Host-session',
  /** Binds the browser to the sign-ins that it has under way. */
  signIn: '__Host-signin',
  /** Names the session that began last in this browser, sealed: a sign-in supersedes it, wherever it was begun from. */
  lastSession: '__Host-last',
  /** A pass for the next page load: this run of the browser was checked a moment ago. */
  bindingPass: '__Host-run',
} as const;

/** How long ago the user was last active, ms. A request without it is passive. */
export const IDLE_FOR_HEADER = 'curfew-idle-for';

/** Names the channel, the storage key and the lock that the tabs of a site share, unless its client is told another name. */
export const TAB_CHANNEL = 'curfew';

/** What a frame of another origin posts to its page when the user is active there. */
export const FRAME_ACTIVITY = 'curfew-frame-activity';

/** Names of headers, in lower case. The browser's side imports its own one by itself: it must not carry the other. */
export const HEADERS = {
  idleFor: IDLE_FOR_HEADER,
  /** Added by the distribution, which removes it from what browsers send: the request came through it. */
  originSecret: 'x-curfew-origin',
} as const;

/**
 * What the development server tells an application behind it, in whatever language, of the session of a request. It removes what a
 * browser sends under these names. Values have `%` and everything but printable ASCII percent-encoded.
 */
export const SESSION_HEADERS = {
  /** `active`, `ended` or `none`: there is always one. */
  state: 'x-curfew-state',
  /** Only of a live session, as the three that follow. */
  sessionId: 'x-curfew-session',
  subject: 'x-curfew-subject',
  name: 'x-curfew-name',
  email: 'x-curfew-email',
  /** Only of an ended session. */
  reason: 'x-curfew-reason',
} as const;

/** The challenge that binds a session to a run of the browser (RFC 7617 §2). No user ever reads its realm. */
export const BINDING_CHALLENGE = 'Basic realm="browser run", charset="UTF-8"';
/** User name of the mark, which is the credential that the challenge is answered with. */
export const BINDING_USER = 'run';

/**
 * Where browsers show the mark of their run: unasked, with each request under the folder of the path that gave the
 * challenge (RFC 7617 §2.2). The last release gave it at `/api/run/set`, so its marks show under `/api/run/` only.
 */
export const MARK_SCOPE = '/api/';
export const MARK_SCOPE_BEFORE = '/api/run/';

/**
 * How long after sign-in a session can be bound to a run of its browser, ms. Long enough for the first page on a
 * slow network; short, since a browser restored within it would be taken for the one that signed in.
 */
export const BINDABLE_MS = 60_000;

/**
 * How long a binding pass is good for, ms: long enough for a browser to load the page again with it. Short, since a
 * browser that is restarted within it still has it: Chromium, quit and started again at once, loads its first
 * restored page after 2 to 3 s.
 */
export const BINDING_PASS_MS = 3_000;

/** How long an ended session can still say why it ended, where nobody says otherwise, ms: a day. */
export const USUAL_RETENTION_MS = 86_400_000;

/** How long a live page has to say that it is there, after one said that it goes, ms. */
export const CLOSE_GRACE_MS = 30_000;

/** Secondary indexes of the table. Both hold keys only: a touch changes no key, so it costs no index write. */
export const INDEXES = {
  /** Sparse: only active sessions carry its keys. Lists those that may have expired; see the sweep. */
  due: 'due',
  /** A user's sessions by age. */
  subject: 'subject',
} as const;

/** Attributes of the table that the template names: keys of table and indexes, and the TTL in epoch **seconds**. */
export const ATTRIBUTES = {
  key: 'pk',
  dueShard: 'dueShard',
  dueAt: 'dueAt',
  subject: 'subject',
  createdAt: 'createdAt',
  state: 'state',
  ttl: 'ttl',
} as const;

/** All that the end of a session names that was read before: what it writes, and the deadlines that must be as they were. */
export const ENDING_ATTRIBUTES = [
  'pk',
  'state',
  'endReason',
  'endedAt',
  'endedBy',
  'ttl',
  'dueShard',
  'dueAt',
  'idleExpiresAt',
  'closesAt',
] as const;

/**
 * All that the role of a guarded handler may write in a session's row: sliding it, cancelling its close grace, and ending it
 * once it has expired. Neither its secret nor its owner nor its absolute limit, so that a handler which is taken over can't
 * make a session, or one of somebody else's, or one that outlives its absolute limit.
 */
export const GUARDED_ATTRIBUTES = [
  'pk',
  'state',
  'endReason',
  'endedAt',
  'endedBy',
  'ttl',
  'dueShard',
  'dueAt',
  'lastActivityAt',
  'activeUntil',
  'idleExpiresAt',
  'closesAt',
] as const;

/** First part of the key of a session's row. */
export const SESSION_KEY_PREFIX = 'session#';
/** First part of the key of a row that notes a finished sign-in. */
export const SIGN_IN_KEY_PREFIX = 'signin#';
/** Key of the row that holds the largest number of shards ever configured for the index `due`. */
export const DUE_SHARDS_KEY = 'meta#due';
/** First part of the key of a user's row. */
export const SUBJECT_KEY_PREFIX = 'subject#';

/** Variables that the template sets and the functions read. */
export const ENVIRONMENT_VARIABLES = [
  'TABLE_NAME',
  'RETENTION_MS',
  'DUE_SHARDS',
  'OLD_ITEM_ON_REFUSAL',
  'SESSION_SERVICE',
  'SWEEP_EVERY_MS',
  'SWEEP_CONCURRENCY',
  'BUS_NAME',
  'FAILURE_QUEUE_URL',
  'SITE_URL',
  'GUARD_ON_ENDED',
  'POLICY',
  'OIDC_ISSUER',
  'OIDC_CLIENT_ID',
  'OIDC_CLIENT_SECRET_ARN',
  'OIDC_LOGOUT_URL',
  'SERVICE_SECRET_ARN',
  'REAUTHENTICATION',
  'MISSING_AUTH_TIME',
  'ORIGIN_SECRET',
  'MAX_SESSIONS',
  'PROXY_HOPS',
  'LOG_ADDRESSES',
  'CLEAR_SITE_DATA',
] as const;
export type EnvironmentVariable = (typeof ENVIRONMENT_VARIABLES)[number];
/** Variables of one function, as its template has them. */
export type FunctionEnvironment = Readonly<Partial<Record<EnvironmentVariable, string>>>;

/** The namespace of all metrics. */
export const METRIC_NAMESPACE = 'Curfew';
/** The service that logs, metrics and events name where the template says none, as that of the last release. */
export const DEFAULT_SERVICE = 'curfew';

/** Dimensions of the metrics. Each of them has `service`: which of the services in an account it is of. */
export const DIMENSIONS = { service: 'service', reason: 'Reason', code: 'Code' } as const;

/** Metrics in the embedded metric format. */
export const METRICS = [
  /** Browsers that were sent to the provider. */
  'SignInsBegun',
  /** Sign-ins that ended in a session, and a zero for each other answer. Failures are among the `Refusals`, by their code. */
  'SignInsFinished',
  'SessionsStarted',
  /** By `Reason`. */
  'SessionsEnded',
  'ExpiryLateness',
  'Touches',
  'TouchWrites',
  /** By `Code`. */
  'Refusals',
  'UnmarkedLoads',
  /** Requests that show an origin secret which is not accepted. One that shows none is anybody's who found the API's own address. */
  'WrongOriginSecrets',
  'SweepBacklog',
  'SweepRearmed',
  /** Sweeps that could not read every shard of the index `due`, and a zero for each other. */
  'FailedSweeps',
  'ActiveSessions',
  /** How far a function's clock is from the table's at the least, ms, whichever of the two is ahead. */
  'ClockSkew',
] as const;
export type MetricName = (typeof METRICS)[number];

/**
 * How far a function's clock may be from the table's, ms. Beyond it there is a line in the log, and an alarm. It is the
 * finest difference that a reply's `Date`, in whole seconds, can show.
 */
export const CLOCK_SKEW_LIMIT_MS = 1_000;

/** Source and detail types of the events on the bus. */
export const EVENT_SOURCE = 'curfew';
export const EVENT_TYPES = { started: 'Session Started', ended: 'Session Ended' } as const;

/** The schedule's own period, ms: a sweep more often than that takes turns within one invocation. */
export const SWEEP_SCHEDULE_MS = 60_000;

/** Why a session ended. Told to the user who holds its cookie, and announced with `Session Ended`. */
export const END_REASONS = ['idle', 'absolute', 'closed', 'signed-out', 'revoked', 'superseded'] as const;
/** One of {@link END_REASONS}. */
export type EndReason = (typeof END_REASONS)[number];

/** Who ended a session: its owner, an administrator, or a rule of the service. */
export const ENDED_BY_TYPES = ['subject', 'admin', 'system'] as const;
export type EndedByType = (typeof ENDED_BY_TYPES)[number];
/** The longest name of who ended a session, characters: of an administrator, an ARN or a name. */
export const MAX_ENDED_BY_ID = 128;

/**
 * How the closing of the browser ends a session. The idle timeout stands behind each of them.
 * - `cookie`: the cookie has no lifetime, so the browser drops it when it closes, unless it restores its tabs;
 * - `run`: the session is bound to this run of the browser;
 * - `last-page`: `run`, and a short grace that starts when the last page goes.
 */
export const BROWSER_CLOSE = ['cookie', 'run', 'last-page'] as const;
export type BrowserClose = (typeof BROWSER_CLOSE)[number];

/** A value that a newer release may have stored: it is passed on as it is, and never decides anything. */
export type OrNewer<Known extends string> = Known | (string & {});
