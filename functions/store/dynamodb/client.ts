import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SessionError } from '../../../core/errors.ts';
import { ATTEMPT_TIMEOUT_MS, CONNECT_TIMEOUT_MS } from '../../attempts.ts';
import type { SessionItem } from './item.ts';

/** After a throttle or an outage: long enough not to add to it, short enough for a page to wait. */
const RETRY_AFTER_MS = 1_000;

export interface ClientOptions {
  /** An engine other than the region's own: `http://localhost:8000`. @default undefined, from AWS_ENDPOINT_URL or the region */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** How long one attempt may take, ms. @default 1 300 */
  readonly requestTimeoutMs?: number | undefined;
}

/**
 * A client that gives up in time: three attempts of at most 1.3 s, within the time of the request, so that the user is told
 * 503 within the 5 s of a function instead of waiting for its timeout. `requestTimeout` without `throwOnRequestTimeout` would only log a warning.
 */
export function createDynamoClient(options: ClientOptions = {}): DynamoDBClient {
  const { endpoint, region, requestTimeoutMs: requestTimeout = ATTEMPT_TIMEOUT_MS } = options;
  return new DynamoDBClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout, throwOnRequestTimeout: true },
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
  });
}

/** The region of a table that is named by its ARN. @returns undefined for a name: the region that the process is in */
export function regionOfTable(tableName: string): string | undefined {
  return /^arn:[^:]*:dynamodb:([^:]+):/.exec(tableName)?.[1];
}

/** A conditional write that was not done. */
export interface Rejection {
  /** The item that the write met; undefined: none, or an engine that does not return it. */
  readonly oldItem: SessionItem | undefined;
  /** The write was tried more than once, so an earlier attempt may have been done and its reply lost. */
  readonly retried: boolean;
}

/**
 * Waits for a request.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE` for every failure, with the cause: throttled, timed out, denied
 */
export async function orUnavailable<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    throw unavailable(cause);
  }
}

/**
 * Waits for a conditional write: its reply, or why it was rejected.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE` for any failure but a rejection
 */
export async function tryConditional<T>(request: Promise<T>): Promise<{ done: T } | { rejected: Rejection }> {
  try {
    return { done: await request };
  } catch (cause) {
    if (!(cause instanceof ConditionalCheckFailedException)) throw unavailable(cause);
    return { rejected: { oldItem: cause.Item, retried: (cause.$metadata.attempts ?? 1) > 1 } };
  }
}

export function unavailable(cause: unknown): SessionError {
  return new SessionError('ERR_STORE_UNAVAILABLE', { cause, retryAfterMs: RETRY_AFTER_MS });
}
