import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as SdkRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { CREDENTIALS } from '../aws.ts';
import type { LocalTable } from '../template/tables.ts';
import type { Changes, OnRecord } from './changes.ts';
import { toImage } from './item.ts';

export interface StreamReaderOptions {
  readonly endpoint: string;
  readonly streamArn: string;
  readonly onRecord: OnRecord;
  /** How long one request may take, ms. An engine that never answers would stop all announcements. @default 5 000 */
  readonly requestTimeoutMs?: number | undefined;
}

/** Four times a second, as the event source mapping of AWS polls a shard. */
const POLL_MS = 250;

/** Reads the stream of a table, every shard of it, from its beginning. */
export class StreamReader {
  private readonly options: StreamReaderOptions;
  private readonly client: DynamoDBStreamsClient;
  /** Where to read on, by shard; undefined at the end of a closed one. */
  private readonly iterators = new Map<string, string | undefined>();
  /** The last round that was asked for: rounds follow each other, so that records stay in order. */
  private last: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(options: StreamReaderOptions) {
    this.options = options;
    const { endpoint, requestTimeoutMs: requestTimeout = 5_000 } = options;
    this.client = new DynamoDBStreamsClient({
      ...CREDENTIALS,
      endpoint,
      maxAttempts: 2,
      requestHandler: { connectionTimeout: 1_000, requestTimeout, throwOnRequestTimeout: true },
    });
  }

  /** Reads on until {@link close}. */
  start(): void {
    void this.settled().then(() => {
      if (!this.closed) this.timer = setTimeout(() => this.start(), POLL_MS);
    });
  }

  /** Resolves when everything written before the call has been read. */
  settled(): Promise<void> {
    // An engine that is out of reach for a moment is asked again later: the stream keeps its records.
    this.last = this.last.then(() => this.readToEnd()).catch(() => undefined);
    return this.last;
  }

  /** Reads everything that is there now. */
  async readToEnd(): Promise<void> {
    // An open shard has no last page: an empty one is the end of what there is by now.
    while (!this.closed && (await this.readPages()) > 0);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.last;
    this.client.destroy();
  }

  /** Reads a page of every shard. @returns how many records there were */
  private async readPages(): Promise<number> {
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

/** The streams that an engine has. */
export class StreamReaders implements Changes {
  private readonly endpoint: string;
  private readonly streamArns: ReadonlyMap<string, string>;
  private readonly readers: StreamReader[] = [];

  /** @param streamArns by the name of the table */
  constructor(endpoint: string, streamArns: ReadonlyMap<string, string>) {
    this.endpoint = endpoint;
    this.streamArns = streamArns;
  }

  subscribe({ name }: LocalTable, onRecord: OnRecord): void {
    const streamArn = this.streamArns.get(name);
    if (streamArn === undefined) throw new Error(`the table ${name} has no stream`);
    const reader = new StreamReader({ endpoint: this.endpoint, streamArn, onRecord });
    reader.start();
    this.readers.push(reader);
  }

  async settled(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.settled()));
  }

  async close(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.close()));
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
