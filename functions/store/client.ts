import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SessionError } from '../../core/errors.ts';
import type { SessionItem } from './item.ts';

/** After a throttle or an outage: long enough not to add to it, short enough for a page to wait. */
const RETRY_AFTER_MS = 1_000;

export interface ClientOptions {
  /** An engine other than the region's own: `http://localhost:8000`. @default undefined, from AWS_ENDPOINT_URL or the region */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** How long one attempt may take, ms. @default 800 */
  readonly requestTimeoutMs?: number | undefined;
}

/**
 * A client that gives up in time: three attempts of at most 800 ms, so that within the 5 s of a function the
 * user is told 503 and not left to a timeout. `requestTimeout` alone would only log a warning.
 */
export function createDynamoClient(options: ClientOptions = {}): DynamoDBClient {
  const { endpoint, region, requestTimeoutMs: requestTimeout = 800 } = options;
  return new DynamoDBClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 300, requestTimeout, throwOnRequestTimeout: true },
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
  });
}

/** A conditional write that was not done. */
export interface Refusal {
  /** The item that stood in the way; undefined: none, or an engine that does not say. */
  readonly oldItem: SessionItem | undefined;
  /** The write was tried more than once, so an earlier try may have been done, its reply lost. */
  readonly retried: boolean;
}

/**
 * Waits for a request.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE` whatever went wrong, with the cause: throttled, timed out, denied
 */
export async function answered<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    throw unavailable(cause);
  }
}

/**
 * Waits for a conditional write: its answer, or why it was refused.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE` for anything but a refusal
 */
export async function conditional<T>(request: Promise<T>): Promise<{ done: T } | { refused: Refusal }> {
  try {
    return { done: await request };
  } catch (cause) {
    if (!(cause instanceof ConditionalCheckFailedException)) throw unavailable(cause);
    return { refused: { oldItem: cause.Item, retried: (cause.$metadata.attempts ?? 1) > 1 } };
  }
}

export function unavailable(cause: unknown): SessionError {
  return new SessionError('ERR_STORE_UNAVAILABLE', { cause, retryAfterMs: RETRY_AFTER_MS });
}
