import type { DynamoDBRecord } from 'aws-lambda';
import { type Changes, type OnRecord, ServiceDeletions } from './changes.ts';
import type { Item } from './item.ts';
import { StreamReader } from './stream-reader.ts';

/** The streams that an engine has, each read from its beginning. */
export class ReadChanges implements Changes {
  private readonly endpoint: string;
  private readonly streamArns: ReadonlyMap<string, string>;
  private readonly readers: StreamReader[] = [];
  private readonly service = new ServiceDeletions();

  /** @param streamArns by the name of the table */
  constructor(endpoint: string, streamArns: ReadonlyMap<string, string>) {
    this.endpoint = endpoint;
    this.streamArns = streamArns;
  }

  subscribe(tableName: string, onRecord: OnRecord): void {
    const streamArn = this.streamArns.get(tableName);
    if (streamArn === undefined) throw new Error(`the table ${tableName} has no stream`);
    const reader = new StreamReader({
      endpoint: this.endpoint,
      streamArn,
      onRecord: (record) => onRecord(this.marked(tableName, record)),
    });
    reader.start();
    this.readers.push(reader);
  }

  deletedByService(tableName: string, key: Item): void {
    this.service.add(tableName, key);
  }

  async settled(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.settled()));
  }

  async close(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.close()));
  }

  private marked(tableName: string, record: DynamoDBRecord): DynamoDBRecord {
    if (record.eventName !== 'REMOVE' || !record.dynamodb?.Keys) return record;
    return { ...record, ...this.service.take(tableName, record.dynamodb.Keys) };
  }
}
