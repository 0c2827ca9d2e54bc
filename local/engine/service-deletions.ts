import type { DynamoDBRecord } from 'aws-lambda';
import { type Item, itemId } from './item.ts';

/** Deletions that the runtime does in the place of TTL: their records say so, as DynamoDB's do. */
export class ServiceDeletions {
  private readonly ids = new Set<string>();

  /** Announces the next deletion of an item. */
  add(tableName: string, key: Item): void {
    this.ids.add(itemId(tableName, key));
  }

  /** @returns the record, with the identity of the service if its deletion was announced */
  mark(tableName: string, record: DynamoDBRecord): DynamoDBRecord {
    const { eventName, dynamodb } = record;
    const byService = eventName === 'REMOVE' && this.ids.delete(itemId(tableName, dynamodb?.Keys ?? {}));
    return byService
      ? { ...record, userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }
      : record;
  }
}
