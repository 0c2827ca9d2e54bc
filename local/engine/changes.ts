import type { DynamoDBRecord } from 'aws-lambda';
import type { Item } from './item.ts';

/** Takes a change. */
export type OnRecord = (record: DynamoDBRecord) => void;

/** The streams of an engine's tables: its own, or what is derived where it has none. */
export interface Changes {
  /** Hands over every change to a table, oldest first, from the first there is. */
  subscribe(tableName: string, onRecord: OnRecord): void;
  /** Says that the next deletion of an item is the work of TTL. */
  deletedByService(tableName: string, key: Item): void;
  /** Resolves when every write that came before the call has been handed over. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Deletions that the runtime does in the place of TTL, until their records come. */
export class ServiceDeletions {
  private readonly keys = new Set<string>();

  add(tableName: string, key: Item): void {
    this.keys.add(itemId(tableName, key));
  }

  /** @returns what a record of that deletion carries as DynamoDB makes it: the identity of the service, or nothing */
  take(tableName: string, key: Item): Pick<DynamoDBRecord, 'userIdentity'> {
    return this.keys.delete(itemId(tableName, key))
      ? { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }
      : {};
  }
}

/** @returns a text that is the same for the same key of the same table */
export function itemId(tableName: string, key: Item): string {
  return JSON.stringify([tableName, Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
