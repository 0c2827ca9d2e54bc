import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../core/contract.ts';
import type { Transition } from './transition.ts';

/** The transitions that are not on the bus, in the order in which they were given, and why. */
export type Failures = ReadonlyMap<Transition, unknown>;

export interface Bus {
  /** Puts an event on the bus for each transition. Never throws. */
  put(transitions: readonly Transition[]): Promise<Failures>;
}

export interface BusOptions {
  readonly client: EventBridgeClient;
  /** Name or ARN. */
  readonly busName: string;
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

/** An EventBridge event bus. */
export function createEventBus(options: BusOptions): Bus {
  return {
    async put(transitions) {
      const batches: Transition[][] = [];
      for (let from = 0; from < transitions.length; from += BATCH_SIZE) {
        batches.push(transitions.slice(from, from + BATCH_SIZE));
      }
      const failures = await Promise.all(batches.map((batch) => putBatch(options, batch)));
      return new Map(failures.flatMap((one) => [...one]));
    },
  };
}

async function putBatch(options: BusOptions, batch: readonly Transition[]): Promise<Failures> {
  let failures = await putOnce(options, batch);
  for (let attempt = 1; attempt < ATTEMPTS && failures.size > 0; attempt += 1) {
    await options.wait(100 * attempt);
    failures = await putOnce(options, [...failures.keys()]);
  }
  return failures;
}

async function putOnce({ client, busName }: BusOptions, batch: readonly Transition[]): Promise<Failures> {
  try {
    const Entries = batch.map((transition) => toEntry(transition, busName));
    const reply = await client.send(new PutEventsCommand({ Entries }));
    if (!reply.FailedEntryCount) return new Map();
    const results = batch.map((transition, i) => ({ transition, ...reply.Entries?.[i] }));
    return new Map(
      results
        .filter(({ EventId }) => !EventId)
        .map(({ transition, ErrorCode }) => [transition, rejection(ErrorCode)]),
    );
  } catch (failure) {
    // The SDK has made three attempts already, and what it throws is about every entry.
    return new Map(batch.map((transition) => [transition, failure]));
  }
}

/** @param code EventBridge's, or `NoEntry` where the reply has no result for the event */
function rejection(code = 'NoEntry'): Error {
  return Object.assign(new Error('EventBridge rejected the event'), { code });
}

function toEntry({ type, at, detail }: Transition, busName: string): PutEventsRequestEntry {
  return {
    Source: EVENT_SOURCE,
    DetailType: type,
    Detail: JSON.stringify(detail),
    Time: new Date(at),
    EventBusName: busName,
  };
}
