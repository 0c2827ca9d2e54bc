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

/**
 * Delivers records as an event source mapping does: in order, a batch at a time, and again from the first record
 * that is reported as failed, until none is.
 */
export async function deliver(
  records: readonly DynamoDBRecord[],
  handler: (event: {
    Records: DynamoDBRecord[];
  }) => Promise<{ batchItemFailures: { itemIdentifier: string }[] }>,
  batchSize = 100,
): Promise<void> {
  let tries = 0;
  for (let from = 0; from < records.length; ) {
    const batch = records.slice(from, from + batchSize);
    const { batchItemFailures } = await handler({ Records: batch });
    const failed = batchItemFailures.map(({ itemIdentifier }) =>
      batch.findIndex((record) => record.dynamodb!.SequenceNumber === itemIdentifier),
    );
    const done = failed.length > 0 ? Math.min(...failed) : batch.length;
    tries = done > 0 ? 0 : tries + 1;
    if (tries > 50) throw new Error('a record was delivered 50 times and failed each time');
    from += done;
  }
}
