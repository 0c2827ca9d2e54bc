import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { INDEXES } from '../../core/contract.ts';

/**
 * The table as an engine on this machine is told to create it. What is deployed is defined in CDK, and a test
 * compares the two. Both indexes hold keys only: a touch changes no key, so it costs no index write.
 */
export function tableDefinition(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'dueShard', AttributeType: 'S' },
      { AttributeName: 'dueAt', AttributeType: 'N' },
      { AttributeName: 'subject', AttributeType: 'S' },
      { AttributeName: 'createdAt', AttributeType: 'N' },
    ],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      keysOnlyIndex(INDEXES.due, 'dueShard', 'dueAt'),
      keysOnlyIndex(INDEXES.subject, 'subject', 'createdAt'),
    ],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  };
}

function keysOnlyIndex(name: string, partitionKey: string, sortKey: string) {
  return {
    IndexName: name,
    KeySchema: [
      { AttributeName: partitionKey, KeyType: 'HASH' as const },
      { AttributeName: sortKey, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'KEYS_ONLY' as const },
  };
}
