import type { DynamoDBRecord } from 'aws-lambda';
import { StreamReader } from '../../local/engine/stream-reader.ts';

/** Everything that a table's stream holds, oldest first, as Lambda would hand it to a function. */
export async function readStream(endpoint: string, streamArn: string): Promise<DynamoDBRecord[]> {
  const records: DynamoDBRecord[] = [];
  const reader = new StreamReader({ endpoint, streamArn, onRecord: (record) => records.push(record) });
  await reader.readToEnd();
  await reader.close();
  return records;
}

interface Answer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** How many records of a batch are done by a function's answer: those before the first that it reports as failed. */
export function doneOf(batch: readonly DynamoDBRecord[], { batchItemFailures }: Answer): number {
  const failed = batchItemFailures.map(({ itemIdentifier }) =>
    batch.findIndex((record) => record.dynamodb!.SequenceNumber === itemIdentifier),
  );
  return Math.min(batch.length, ...failed);
}

/**
 * Delivers records as an event source mapping does: in order, a batch at a time, and again from the first record
 * that is reported as failed, until none is.
 */
export async function deliver(
  records: readonly DynamoDBRecord[],
  handler: (event: { Records: DynamoDBRecord[] }) => Promise<Answer>,
  batchSize = 100,
): Promise<void> {
  let tries = 0;
  for (let from = 0; from < records.length; ) {
    const batch = records.slice(from, from + batchSize);
    const done = doneOf(batch, await handler({ Records: batch }));
    tries = done > 0 ? 0 : tries + 1;
    if (tries > 50) throw new Error('a record was delivered 50 times and failed each time');
    from += done;
  }
}
