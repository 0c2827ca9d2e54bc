import type { EndReason, OrNewer } from './contract.ts';

/**
 * Every way in which a request can fail, with the HTTP status and the title of its problem document (RFC 9457).
 * The codes are part of the wire contract: new ones are added, none is renamed.
 */
export const PROBLEMS = {
  ERR_SESSION_MISSING: { status: 401, title: 'No session' },
  ERR_SESSION_UNKNOWN: { status: 401, title: 'Unknown session' },
  ERR_SESSION_ENDED: { status: 401, title: 'The session has ended' },
  ERR_CROSS_SITE: { status: 403, title: 'Cross-site request refused' },
  /** The session is bound to a run of the browser, and the request does not show that run's mark. Not its end. */
  ERR_RUN_UNCONFIRMED: { status: 403, title: 'The run of the browser is not confirmed' },
  ERR_SESSION_MISMATCH: { status: 409, title: 'Another sign-in took this browser over' },
  ERR_REQUEST_INVALID: { status: 400, title: 'Invalid request' },
  ERR_NOT_FOUND: { status: 404, title: 'Not found' },
  ERR_METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  ERR_TOO_LARGE: { status: 413, title: 'Request too large' },
  ERR_MEDIA_TYPE: { status: 415, title: 'Unsupported media type' },
  ERR_TOO_MANY_REQUESTS: { status: 429, title: 'Too many requests' },
  ERR_STORE_UNAVAILABLE: { status: 503, title: 'Session store unavailable' },
  ERR_INTERNAL: { status: 500, title: 'Internal error' },
  /** A configuration that breaks a rule: thrown when a policy is defined or a stack is synthesized. */
  ERR_POLICY_INVALID: { status: 500, title: 'Invalid session policy' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof PROBLEMS;

/** What a {@link SessionError} may carry beside its code. */
export interface SessionErrorData {
  /** One sentence for the reader of the problem document. Names the field at fault; never echoes a secret. */
  detail?: string;
  /** Why the session ended. Only with `ERR_SESSION_ENDED`. */
  reason?: OrNewer<EndReason>;
  /** When it ended, epoch ms. Only with `ERR_SESSION_ENDED`. */
  endedAt?: number;
  /** How long to wait before trying again, ms. Only with `ERR_STORE_UNAVAILABLE` and `ERR_TOO_MANY_REQUESTS`. */
  retryAfterMs?: number;
  /** The original failure, for the log. Never leaves the server. */
  cause?: unknown;
}

/**
 * The one error of this project. Told apart by {@link SessionError.code}, never by name, class or message:
 * two copies of this module (two bundles) still understand each other.
 */
export class SessionError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly reason: OrNewer<EndReason> | undefined;
  readonly endedAt: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, data: SessionErrorData = {}) {
    super(data.detail ?? PROBLEMS[code].title, data.cause === undefined ? undefined : { cause: data.cause });
    this.name = 'SessionError';
    this.code = code;
    this.detail = data.detail;
    this.reason = data.reason;
    this.endedAt = data.endedAt;
    this.retryAfterMs = data.retryAfterMs;
  }

  /** The HTTP status that goes with the code. */
  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

/** Whether `error` carries one of our codes, whichever copy of {@link SessionError} made it. */
export function isSessionError(error: unknown): error is SessionError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    Object.hasOwn(PROBLEMS, error.code)
  );
}
