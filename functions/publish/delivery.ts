import type { DynamoDBRecord } from 'aws-lambda';
import type { Failures } from './bus.ts';
import { type Transition, transitionOf } from './transition.ts';

/** A record of the table's stream, the transition that it shows, and why that could not be announced. */
export interface Delivery {
  readonly record: DynamoDBRecord;
  /** Undefined: nothing to announce, or a record that can't be understood. */
  readonly transition?: Transition | undefined;
  readonly failure?: { readonly cause: unknown } | undefined;
}

/** What a record means. A record that can't be understood fails by itself, not with its batch. */
export function parseRecord(record: DynamoDBRecord): Delivery {
  try {
    return { record, transition: transitionOf(record) };
  } catch (cause) {
    return { record, failure: { cause } };
  }
}

/** The delivery as it stands once its transition was put on the bus, or was not. */
export function afterPut(delivery: Delivery, failures: Failures): Delivery {
  const { transition } = delivery;
  if (!transition || !failures.has(transition)) return delivery;
  return { ...delivery, failure: { cause: failures.get(transition) } };
}

/** The transitions before the first failure: all that follow it are delivered again, and would be counted twice. */
export function beforeFirstFailure(deliveries: readonly Delivery[]): Transition[] {
  const firstFailure = deliveries.findIndex(({ failure }) => failure);
  const done = firstFailure < 0 ? deliveries : deliveries.slice(0, firstFailure);
  return transitionsIn(done);
}

export function transitionsIn(deliveries: readonly Delivery[]): Transition[] {
  return deliveries.flatMap(({ transition }) => transition ?? []);
}
