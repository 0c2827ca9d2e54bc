import type { DynamoDBRecord } from 'aws-lambda';
import { type Transition, transitionOf } from './transition.ts';

/** A record, what it means, and, once known, why it failed. */
export interface Delivery {
  readonly record: DynamoDBRecord;
  readonly transition?: Transition | undefined;
  failure?: { readonly cause: unknown };
}

/** What a record means. One that makes no sense fails alone. */
export function understand(record: DynamoDBRecord): Delivery {
  try {
    return { record, transition: transitionOf(record) };
  } catch (cause) {
    return { record, failure: { cause } };
  }
}

/** Those before the first failure: all that follow come again, and would be counted twice. */
export function settledIn(deliveries: readonly Delivery[]): Transition[] {
  const firstFailure = deliveries.findIndex(({ failure }) => failure);
  const settled = firstFailure < 0 ? deliveries : deliveries.slice(0, firstFailure);
  return settled.flatMap(({ transition }) => transition ?? []);
}
