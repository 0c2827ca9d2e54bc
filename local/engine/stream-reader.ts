import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';

export interface StreamReaderOptions {
  readonly endpoint: string;
  readonly streamArn: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region: string;
  readonly onRecord: (record: DynamoDBRecord) => void;
  /** Whether TTL, as the runtime carries it out, deleted the item of that key. */
  readonly deletedByService: (key: string) => boolean;
}

/** Four times a second, as the event source mapping of AWS polls a shard. */
const POLL_MS = 250;

/** Reads the real stream of a table, every shard of it, from its beginning. */
export class StreamReader {
  private readonly options: StreamReaderOptions;
  private readonly client: DynamoDBStreamsClient;
  private readonly iterators = new Map<string, string | undefined>();
  private running: Promise<void> | undefined;
  private closed = false;
  private polls = 0;
  private wake: (() => void) | undefined;

  constructor(options: StreamReaderOptions) {
    this.options = options;
    const { endpoint, region, credentials } = options;
    this.client = new DynamoDBStreamsClient({ endpoint, region, credentials, maxAttempts: 2 });
  }

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
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Reads what is there now. */
  async poll(): Promise<void> {
    await this.findShards();
    for (const [shard, iterator] of this.iterators) {
      if (iterator === undefined) continue;
      const answer = await this.client.send(new GetRecordsCommand({ ShardIterator: iterator }));
      this.iterators.set(shard, answer.NextShardIterator);
      for (const record of answer.Records ?? []) this.options.onRecord(this.asLambdaHasIt(record));
    }
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
    const { streamArn } = this.options;
    const { StreamDescription: stream } = await this.client.send(
      new DescribeStreamCommand({ StreamArn: streamArn }),
    );
    for (const { ShardId } of stream?.Shards ?? []) {
      if (ShardId === undefined || this.iterators.has(ShardId)) continue;
      const { ShardIterator } = await this.client.send(
        new GetShardIteratorCommand({ StreamArn: streamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
      );
      this.iterators.set(ShardId, ShardIterator);
    }
  }

  /** Binary values as base64, times as epoch seconds, and the identity that DynamoDB Local leaves out. */
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's record and Lambda's differ in exactly what is mapped here
  private asLambdaHasIt(record: any): DynamoDBRecord {
    const { dynamodb } = record;
    const [key] = Object.values(dynamodb.Keys ?? {}) as { S?: string }[];
    const removed = dynamodb.NewImage === undefined;
    const byService = removed && key?.S !== undefined && this.options.deletedByService(key.S);
    return {
      ...record,
      eventName: removed ? 'REMOVE' : dynamodb.OldImage === undefined ? 'INSERT' : 'MODIFY',
      eventSourceARN: this.options.streamArn,
      dynamodb: {
        ...dynamodb,
        ApproximateCreationDateTime: Math.floor(Number(dynamodb.ApproximateCreationDateTime) / 1000),
        Keys: plain(dynamodb.Keys),
        ...(dynamodb.NewImage && { NewImage: plain(dynamodb.NewImage) }),
        ...(dynamodb.OldImage && { OldImage: plain(dynamodb.OldImage) }),
      },
      ...(byService && { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }),
    };
  }
}

/** An item as it stands in JSON. */
export function plain<T>(item: T): T {
  return JSON.parse(
    JSON.stringify(item, (_, value) =>
      value !== null && typeof value === 'object' && value.type === 'Buffer'
        ? Buffer.from(value.data).toString('base64')
        : value instanceof Uint8Array
          ? Buffer.from(value).toString('base64')
          : value,
    ),
  );
}
