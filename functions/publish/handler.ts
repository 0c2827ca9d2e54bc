import type { DynamoDBBatchItemFailure, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { Observers } from '../http/observe.ts';
import { describeError } from '../http/problem.ts';
import type { Bus } from './bus.ts';
import { afterPut, beforeFirstFailure, type Delivery, parseRecord, transitionsIn } from './delivery.ts';
import { observeTransitions } from './metrics.ts';

export interface PublishHandlerOptions extends Observers {
  readonly bus: Bus;
}

/**
 * Announces the transitions in a batch of the table's stream, and reports the records that it could not announce:
 * Lambda delivers again from the first of those on. An event is on the bus at least once, always with the same
 * `eventId`.
 */
export function createPublishHandler(options: PublishHandlerOptions) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const parsed = Records.map(parseRecord);
    const failures = await options.bus.put(transitionsIn(parsed));
    const deliveries = parsed.map((delivery) => afterPut(delivery, failures));
    observeTransitions(options.metrics, beforeFirstFailure(deliveries));
    return { batchItemFailures: deliveries.flatMap((delivery) => report(options, delivery)) };
  };
}

function report({ log }: PublishHandlerOptions, delivery: Delivery): DynamoDBBatchItemFailure[] {
  const { record, transition, failure } = delivery;
  if (!failure) return [];
  // Every record has a number, though the type doesn't say so; Lambda takes '' for a failure of the whole batch.
  const itemIdentifier = record.dynamodb?.SequenceNumber ?? '';
  const eventId = transition?.detail.eventId;
  log.error('publish failed', { itemIdentifier, eventId, failure: describeError(failure.cause) });
  return [{ itemIdentifier }];
}
