import type { DynamoDBBatchItemFailure, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { EVENT_TYPES } from '../../core/contract.ts';
import type { Observers } from '../http/observe.ts';
import { describeError } from '../http/problem.ts';
import type { SubjectContext } from '../sessions/not-before.ts';
import type { Transition } from '../sessions/transition.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { SubjectStore } from '../store/subject-store.ts';
import type { Bus } from './bus.ts';
import {
  afterHandling,
  beforeFirstFailure,
  type Delivery,
  notesOf,
  parseRecord,
  sequenceNumberOf,
  transitionsIn,
} from './delivery.ts';
import type { FailureNote, FailureQueue } from './failure-queue.ts';
import { observeTransitions } from './metrics.ts';
import { endRevoked } from './revoked.ts';

export interface PublishHandlerOptions extends Observers {
  readonly bus: Bus;
  readonly store: SessionStore & SubjectStore;
  /** The clock, read once a batch. Epoch ms. */
  readonly now: () => number;
  /** Is told about records that can never be announced. */
  readonly failureQueue: FailureQueue;
}

/**
 * How long a batch may take to put its events on the bus and to look for revoked sessions, at the same time, and then to tell the
 * failure queue, ms. Together less than the 30 s of the function, so that what is done is reported: a function that is ended reports
 * nothing, and the whole batch comes again.
 */
export const ANNOUNCE_MS = 16_000;
export const SET_ASIDE_MS = 11_000;

/**
 * Announces the transitions in a batch of the table's stream, ends the sessions among them that were revoked before the index
 * showed them, and reports the records that it could not handle now: Lambda delivers again from the first of those on. An event is on the bus at least once, always with the same
 * `eventId`. A record that can never be announced is set aside: it would hold up all records behind it.
 */
export function createPublishHandler(options: PublishHandlerOptions) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const parsed = Records.map(parseRecord);
    const transitions = transitionsIn(parsed);
    const signal = AbortSignal.timeout(ANNOUNCE_MS);
    const [notPut, notLookedAt] = await Promise.all([
      options.bus.put(transitions, signal),
      endRevoked(contextOf(options, signal), transitions),
    ]);
    const failures = new Map([...notLookedAt, ...notPut]);
    const handled = parsed.map((delivery) => afterHandling(delivery, failures));
    const deliveries = await setAside(options, handled);
    const announced = transitionsIn(beforeFirstFailure(deliveries));
    observeTransitions(options.metrics, announced);
    for (const transition of announced) logEnd(options, transition);
    return { batchItemFailures: deliveries.flatMap((delivery) => report(options, delivery)) };
  };
}

function contextOf({ store, now }: PublishHandlerOptions, signal: AbortSignal): SubjectContext {
  return { store: store.within(signal), now: now() };
}

/** The audit trail's line: who ended whose session, why and when. No name and no e-mail address. */
function logEnd({ log }: PublishHandlerOptions, transition: Transition): void {
  if (transition.type !== EVENT_TYPES.ended) return;
  const { sessionId, subject, reason, endedBy, endedAt } = transition.detail;
  log.info('session ended', { sessionId, subject, reason, endedBy, endedAt });
}

/**
 * Tells the failure queue about unusable records. Those behind a failure are not told about: they are delivered again,
 * and an outage of the bus would fill the queue with repetitions.
 *
 * @returns the deliveries, of which those that the queue could not be told about have failed
 */
async function setAside(
  { failureQueue, log }: PublishHandlerOptions,
  deliveries: readonly Delivery[],
): Promise<readonly Delivery[]> {
  const notes = notesOf(beforeFirstFailure(deliveries));
  if (notes.size === 0) return deliveries;
  const failures = await failureQueue.send([...new Set(notes.values())], AbortSignal.timeout(SET_ASIDE_MS));
  const logged = new Set<FailureNote>(failures.keys());
  return deliveries.map((delivery) => {
    const note = notes.get(delivery.record);
    if (!note) return delivery;
    if (failures.has(note)) return { ...delivery, failure: { cause: failures.get(note) } };
    if (!logged.has(note)) {
      log.error('record set aside', { ...note, failure: describeError(delivery.unusable?.cause) });
    }
    logged.add(note);
    return delivery;
  });
}

function report({ log }: PublishHandlerOptions, delivery: Delivery): DynamoDBBatchItemFailure[] {
  const { record, transition, unusable, failure } = delivery;
  if (!failure) return [];
  // Lambda takes '' for a failure of the whole batch.
  const itemIdentifier = sequenceNumberOf(record);
  const eventId = transition?.detail.eventId;
  log.error('publish failed', {
    itemIdentifier,
    eventId,
    failure: describeError(failure.cause),
    ...(unusable && { unusable: describeError(unusable.cause) }),
  });
  return [{ itemIdentifier }];
}
