import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { Observers } from '../http/observe.ts';
import { describeError } from '../http/problem.ts';
import type { Bus } from './bus.ts';
import { type Delivery, settledIn, understand } from './delivery.ts';
import { observeTransitions } from './metrics.ts';

export interface PublishHandlerOptions extends Observers {
  readonly bus: Bus;
}

/**
 * Announces the transitions in a batch of the table's stream, and reports the records that it could not: Lambda
 * delivers again from the first of those on. An event is on the bus at least once, always with the same `eventId`.
 */
export function createPublishHandler(options: PublishHandlerOptions) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const deliveries = Records.map(understand);
    const announced = deliveries.filter(({ transition }) => transition);
    const results = await options.bus.put(announced.map(({ transition }) => transition!));
    announced.forEach((delivery, i) => {
      const result = results[i];
      if (result) delivery.failure = { cause: result.failure };
    });
    observeTransitions(options.metrics, settledIn(deliveries));
    return { batchItemFailures: deliveries.filter(({ failure }) => failure).map(reporter(options)) };
  };
}

function reporter({ log }: PublishHandlerOptions) {
  return ({ record, transition, failure }: Delivery) => {
    const itemIdentifier = record.dynamodb!.SequenceNumber!;
    log.error('publish failed', {
      itemIdentifier,
      eventId: transition?.detail.eventId,
      failure: describeError(failure?.cause),
    });
    return { itemIdentifier };
  };
}
