import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as SdkRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { CREDENTIALS } from '../aws.ts';
import { toImage } from './item.ts';

export interface StreamReaderOptions {
  readonly endpoint: string;
  readonly streamArn: string;
  readonly onRecord: (record: DynamoDBRecord) => void;
}

/** Four times a second, as the event source mapping of AWS polls a shard. */
const POLL_MS = 250;
/** How often {@link StreamReader.settled} looks whether a round has ended. */
const LOOK_MS = 20;

/** Reads the stream of a table, every shard of it, from its beginning. */
export class StreamReader {
  private readonly options: StreamReaderOptions;
  private readonly client: DynamoDBStreamsClient;
  /** Where to read on, by shard; undefined at the end of a closed one. */
  private readonly iterators = new Map<string, string | undefined>();
  private running: Promise<void> | undefined;
  private closed = false;
  private polls = 0;
  private wake: (() => void) | undefined;

  constructor(options: StreamReaderOptions) {
    this.options = options;
    this.client = new DynamoDBStreamsClient({ ...CREDENTIALS, endpoint: options.endpoint, maxAttempts: 2 });
  }

  /** Reads on until {@link close}. */
  start(): void {
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wake?.();
    await this.running;
    this.client.destroy();
  }

  /** Resolves when everything written before the call has been read: one round may have been under way by then. */
  async settled(): Promise<void> {
    const enough = this.polls + 2;
    while (!this.closed && this.polls < enough) {
      this.wake?.();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Reads a page of every shard. @returns how many records there were */
  async poll(): Promise<number> {
    let count = 0;
    await this.findShards();
    for (const [shard, iterator] of this.iterators) {
      if (iterator === undefined) continue;
      const page = await this.client.send(new GetRecordsCommand({ ShardIterator: iterator }));
      this.iterators.set(shard, page.NextShardIterator);
      const records = page.Records ?? [];
      for (const record of records) this.options.onRecord(toLambdaRecord(record, this.options.streamArn));
      count += records.length;
    }
    return count;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      // An engine that is out of reach for a moment is asked again: the stream keeps its records.
      await this.poll().catch(() => undefined);
      this.polls += 1;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  private async findShards(): Promise<void> {
    const { streamArn: StreamArn } = this.options;
    const { StreamDescription } = await this.client.send(new DescribeStreamCommand({ StreamArn }));
    for (const { ShardId } of StreamDescription?.Shards ?? []) {
      if (ShardId === undefined || this.iterators.has(ShardId)) continue;
      const { ShardIterator } = await this.client.send(
        new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
      );
      this.iterators.set(ShardId, ShardIterator);
    }
  }
}

/**
 * A record as Lambda hands it to a function: binary values as base64, times in epoch seconds. The name of the event
 * follows from the images, since DynamoDB Local 3.3.1 calls a deletion by TTL `UNKNOWN_TO_SDK_VERSION`.
 */
function toLambdaRecord(record: SdkRecord, streamArn: string): DynamoDBRecord {
  const { dynamodb = {}, userIdentity, eventID, eventVersion, eventSource, awsRegion } = record;
  const { NewImage, OldImage, Keys, ApproximateCreationDateTime: at, ...rest } = dynamodb;
  return {
    eventID,
    eventVersion,
    eventSource,
    awsRegion,
    eventName: NewImage === undefined ? 'REMOVE' : OldImage === undefined ? 'INSERT' : 'MODIFY',
    eventSourceARN: streamArn,
    dynamodb: {
      ...rest,
      ApproximateCreationDateTime: at && Math.floor(at.getTime() / 1000),
      Keys: Keys && toImage(Keys),
      ...(NewImage && { NewImage: toImage(NewImage) }),
      ...(OldImage && { OldImage: toImage(OldImage) }),
    },
    ...(userIdentity && { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } }),
  };
}
