import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { CREDENTIALS } from './engines.ts';
import { image } from './stream-records.ts';

/** Everything that a table's stream holds, oldest first, as Lambda would hand it to a function. */
export async function readStream(endpoint: string, StreamArn: string): Promise<DynamoDBRecord[]> {
  const client = new DynamoDBStreamsClient({ ...CREDENTIALS, endpoint });
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const records: DynamoDBRecord[] = [];
  for (const { ShardId } of StreamDescription!.Shards!) {
    const start = new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    let { ShardIterator } = await client.send(start);
    while (ShardIterator) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator }));
      records.push(...page.Records!.map(asLambdaRecord));
      // An open shard has no last page: an empty one is the end of what there is by now.
      ShardIterator = page.Records!.length > 0 ? page.NextShardIterator : undefined;
    }
  }
  client.destroy();
  return records;
}

function asLambdaRecord({ eventID, eventName, dynamodb }: StreamRecord): DynamoDBRecord {
  const { OldImage, NewImage, SequenceNumber, ApproximateCreationDateTime } = dynamodb!;
  return {
    eventID: eventID!,
    eventName: eventName as 'INSERT',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      SequenceNumber: SequenceNumber!,
      ApproximateCreationDateTime: ApproximateCreationDateTime!.getTime() / 1_000,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
      ...(OldImage && { OldImage: image(OldImage) }),
      ...(NewImage && { NewImage: image(NewImage) }),
    },
  };
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
