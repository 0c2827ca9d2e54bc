import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../core/contract.ts';
import { SessionError } from '../../core/errors.ts';
import type { SessionEnded, SessionStarted } from '../../core/protocol.ts';
import type { Transition } from '../sessions/transition.ts';
import type { Failure, Failures } from './delivery.ts';

export interface Bus {
  /**
   * Puts an event on the bus for each transition, until `signal` aborts. Never throws.
   *
   * @returns those that are not known to be on the bus
   */
  put(transitions: readonly Transition[], signal: AbortSignal): Promise<Failures>;
}

export interface BusOptions {
  readonly client: EventBridgeClient;
  /** Name or ARN. */
  readonly busName: string;
  /** Which of the services in an account the events are of. */
  readonly service: string;
  /** Waits between attempts. */
  readonly wait: (ms: number) => Promise<unknown>;
}

/** EventBridge's own limit for one PutEvents. Each of these events is under 1 kB, so that its size limit never matters. */
const BATCH_SIZE = 10;
/**
 * Entries that were rejected (PutEvents answers 200 even then) are put again after 100 and 200 ms: a record that
 * is reported as failed would bring all records behind it again too.
 */
const ATTEMPTS = 3;

/** Codes of entries, and names of errors, that say that the content of an event is what EventBridge rejects. */
const CONTENT_REJECTIONS = new Set([
  'InvalidArgument',
  'MalformedDetail',
  'SerializationException',
  'ValidationException',
]);
/** Names under which AWS throttles with status 400. */
const THROTTLES = new Set([
  'LimitExceededException',
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** An EventBridge event bus. */
export function createEventBus(options: BusOptions): Bus {
  return {
    async put(transitions, signal) {
      const batches: Transition[][] = [];
      for (let from = 0; from < transitions.length; from += BATCH_SIZE) {
        batches.push(transitions.slice(from, from + BATCH_SIZE));
      }
      const failures = await Promise.all(batches.map((batch) => putBatch(options, batch, signal)));
      return new Map(failures.flatMap((one) => [...one]));
    },
  };
}

async function putBatch(
  options: BusOptions,
  batch: readonly Transition[],
  signal: AbortSignal,
): Promise<Failures> {
  const failures: [Transition, Failure][] = [];
  let rest = batch;
  for (let attempt = 1; ; attempt += 1) {
    const { rejected, failed } = await putOnce(options, rest, signal);
    failures.push(...failed);
    if (rejected.size === 0 || attempt === ATTEMPTS) return new Map([...failures, ...rejected]);
    rest = [...rejected.keys()];
    await options.wait(100 * attempt);
  }
}

/** What one request left undone. */
interface Undone {
  /** Entries that another attempt may bring onto the bus. */
  readonly rejected: Failures;
  readonly failed: Failures;
}

async function putOnce(
  options: BusOptions,
  batch: readonly Transition[],
  signal: AbortSignal,
): Promise<Undone> {
  try {
    const Entries = batch.map((transition) => toEntry(transition, options));
    const reply = await options.client.send(new PutEventsCommand({ Entries }), { abortSignal: signal });
    const results = reply.FailedEntryCount ? (reply.Entries ?? []) : undefined;
    const failures = batch.flatMap((transition, i): [Transition, Failure][] => {
      if (!results || results[i]?.EventId) return [];
      return [[transition, rejectedEntry(results[i]?.ErrorCode)]];
    });
    return {
      rejected: new Map(failures.filter(([, { permanent }]) => !permanent)),
      failed: new Map(failures.filter(([, { permanent }]) => permanent)),
    };
  } catch (cause) {
    if (batch.length > 1 && isRejection(cause)) return putSingly(options, batch, signal);
    // The SDK has made three attempts already, or the time is over. What it throws is about every entry.
    const failure =
      isRejection(cause) && CONTENT_REJECTIONS.has(cause.name)
        ? badContent(cause.name, cause)
        : { cause, permanent: false };
    return { rejected: new Map(), failed: new Map(batch.map((transition) => [transition, failure])) };
  }
}

/** Puts the entries of a request that was rejected as a whole one after another, so that a bad one harms itself only. */
async function putSingly(
  options: BusOptions,
  batch: readonly Transition[],
  signal: AbortSignal,
): Promise<Undone> {
  const undone: Undone[] = [];
  for (const transition of batch) undone.push(await putOnce(options, [transition], signal));
  return {
    rejected: new Map(undone.flatMap(({ rejected }) => [...rejected])),
    failed: new Map(undone.flatMap(({ failed }) => [...failed])),
  };
}

/** Whether EventBridge answered that it does not take the request: a 4xx that is no throttle. */
function isRejection(error: unknown): error is Error {
  if (!(error instanceof Error) || THROTTLES.has(error.name)) return false;
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata && 'httpStatusCode' in metadata ? metadata.httpStatusCode : 0;
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 429;
}

/** @param code EventBridge's, or `NoEntry` where the reply has no result for the event */
function rejectedEntry(code = 'NoEntry'): Failure {
  if (CONTENT_REJECTIONS.has(code)) return badContent(code);
  return { cause: Object.assign(new Error('EventBridge rejected the event'), { code }), permanent: false };
}

function badContent(code: string, cause?: unknown): Failure {
  const detail = `EventBridge does not take the event: ${code}`;
  return { cause: new SessionError('ERR_INTERNAL', { detail, cause }), permanent: true };
}

function toEntry({ type, at, detail }: Transition, { busName, service }: BusOptions): PutEventsRequestEntry {
  return {
    Source: EVENT_SOURCE,
    DetailType: type,
    Detail: JSON.stringify({ ...detail, service } satisfies SessionStarted | SessionEnded),
    Time: new Date(at),
    EventBusName: busName,
  };
}
