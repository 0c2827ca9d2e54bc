import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import type { Transition } from './transition.ts';

/** Why an event is not on the bus. Null: it is. */
export type PutResult = null | { readonly failure: unknown };

export interface Bus {
  /** Puts events on the bus; the results are in the order of the events. Never throws. */
  put(transitions: readonly Transition[]): Promise<PutResult[]>;
}

export interface BusOptions {
  readonly client: EventBridgeClient;
  /** Name or ARN. */
  readonly busName: string;
  /** Waits between attempts. */
  readonly wait: (ms: number) => Promise<unknown>;
}

/** EventBridge's own limit for one PutEvents. An event of ours is under 1 kB: size never matters. */
const BATCH_SIZE = 10;
/**
 * Entries that were refused (PutEvents answers 200 even so) are put again after 100 and 200 ms: a record that
 * is reported as failed would bring all that follow it again too.
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
      return (await Promise.all(batches.map((batch) => putPatiently(options, batch)))).flat();
    },
  };
}

async function putPatiently(options: BusOptions, batch: readonly Transition[]): Promise<PutResult[]> {
  let results = await putOnce(options, batch);
  for (let attempt = 1; attempt < ATTEMPTS && results.some(Boolean); attempt += 1) {
    await options.wait(100 * attempt);
    const again = await putOnce(
      options,
      batch.filter((_, i) => results[i]),
    );
    results = results.map((result) => result && again.shift()!);
  }
  return results;
}

async function putOnce({ client, busName }: BusOptions, batch: readonly Transition[]): Promise<PutResult[]> {
  try {
    const Entries = batch.map((transition) => toEntry(transition, busName));
    const { FailedEntryCount = 0, Entries: results = [] } = await client.send(
      new PutEventsCommand({ Entries }),
    );
    if (FailedEntryCount === 0) return batch.map(() => null);
    return batch.map((_, i) => (results[i]?.EventId ? null : { failure: failureOf(results[i]?.ErrorCode) }));
  } catch (failure) {
    // The SDK has tried three times already: what is thrown here goes for every entry.
    return batch.map(() => ({ failure }));
  }
}

function failureOf(code = 'NoEntry'): Error {
  return Object.assign(new Error('EventBridge refused the event'), { code });
}

function toEntry({ type, at, detail }: Transition, busName: string): PutEventsRequestEntry {
  return {
    Source: 'curfew',
    DetailType: type,
    Detail: JSON.stringify(detail),
    Time: new Date(at),
    EventBusName: busName,
  };
}
