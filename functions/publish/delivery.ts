import type { DynamoDBRecord } from 'aws-lambda';
import { ATTRIBUTES } from '../../core/contract.ts';
import { isSessionError } from '../../core/errors.ts';
import type { Transition } from '../sessions/transition.ts';
import { isSession, type SessionItem } from '../store/dynamodb/item.ts';
import type { FailureNote } from './failure-queue.ts';
import { transitionOf } from './transition.ts';

/** Why a transition is not done with. */
export interface Failure {
  readonly cause: unknown;
  /** No repetition helps: the bus rejects the content of the event, or the user's row can't be understood. */
  readonly permanent: boolean;
}

/** The transitions that are not done with. */
export type Failures = ReadonlyMap<Transition, Failure>;

/** A record of the table's stream, and how far its announcement has come. */
export interface Delivery {
  readonly record: DynamoDBRecord;
  /** Undefined: nothing to announce, or a record that makes no sense. */
  readonly transition?: Transition | undefined;
  /** Set: this record can never be announced. It is set aside, and counts as done once the failure queue knows of it. */
  readonly unusable?: { readonly cause: unknown } | undefined;
  /** Set: the record has to be delivered again. */
  readonly failure?: { readonly cause: unknown } | undefined;
}

/** What a record means. A record that makes no sense is unusable by itself, without its batch. */
export function parseRecord(record: DynamoDBRecord): Delivery {
  try {
    return { record, transition: transitionOf(record) };
  } catch (cause) {
    return { record, unusable: { cause } };
  }
}

/** The delivery as it stands once its transition was handled, or was not. */
export function afterHandling(delivery: Delivery, failures: Failures): Delivery {
  const failure = delivery.transition && failures.get(delivery.transition);
  if (!failure) return delivery;
  const { cause, permanent } = failure;
  return permanent ? { ...delivery, unusable: { cause } } : { ...delivery, failure: { cause } };
}

/** The deliveries before the first failure: all that follow it are delivered again, and would be handled twice. */
export function beforeFirstFailure(deliveries: readonly Delivery[]): readonly Delivery[] {
  const firstFailure = deliveries.findIndex(({ failure }) => failure);
  return firstFailure < 0 ? deliveries : deliveries.slice(0, firstFailure);
}

/** The transitions that can be announced, or were. */
export function transitionsIn(deliveries: readonly Delivery[]): Transition[] {
  return deliveries.flatMap(({ transition, unusable }) => (transition && !unusable ? [transition] : []));
}

/** The number of a record in the stream. Every record has one, though the type doesn't say so. */
export function sequenceNumberOf({ dynamodb }: DynamoDBRecord): string {
  return dynamodb?.SequenceNumber ?? '';
}

/**
 * What to say of the records that can never be announced. Those of rows that never had an owner share a note: a guarded
 * handler that is taken over can write as many of them as it likes, and would fill the queue.
 */
export function notesOf(deliveries: readonly Delivery[]): ReadonlyMap<DynamoDBRecord, FailureNote> {
  const notes = new Map<DynamoDBRecord, FailureNote>();
  const strays: DynamoDBRecord[] = [];
  for (const { record, unusable } of deliveries) {
    if (!unusable) continue;
    if (isStray(record)) strays.push(record);
    notes.set(record, noteOf(record, unusable.cause));
  }
  const [first, ...others] = strays;
  const note = first && notes.get(first);
  if (!note || others.length === 0) return notes;
  const shared = { ...note, others: others.length };
  for (const stray of strays) notes.set(stray, shared);
  return notes;
}

/** Whether neither image of a record is a session. */
function isStray({ dynamodb: { OldImage, NewImage } = {} }: DynamoDBRecord): boolean {
  // As in `transitionOf`: the stream has other types than the SDK, and the same attributes.
  return ![OldImage, NewImage].some((image) => image && isSession(image as SessionItem));
}

/** What to say of a record that can never be announced: where it is and what it lacks, and nothing else that it holds. */
function noteOf(record: DynamoDBRecord, cause: unknown): FailureNote {
  const { Keys, NewImage, OldImage } = record.dynamodb ?? {};
  const key = (Keys ?? NewImage ?? OldImage)?.[ATTRIBUTES.key];
  return {
    key: key?.S ?? null,
    sequenceNumber: sequenceNumberOf(record),
    change: record.eventName ?? 'unknown',
    reason: reasonOf(cause),
  };
}

/** Messages of other errors may quote what they are about: the row. */
function reasonOf(cause: unknown): string {
  if (isSessionError(cause)) return cause.message;
  return `unexpected ${cause instanceof Error ? cause.name : typeof cause}`;
}
