import type { CreateTableCommandInput, GlobalSecondaryIndex } from '@aws-sdk/client-dynamodb';
import type { Resource } from '../template.ts';

/** What the template says of a table that CreateTable does not take, and the runtime does itself. */
export interface LocalTable {
  readonly create: CreateTableCommandInput;
  readonly ttlAttribute: string | undefined;
  readonly streamViewType: string | undefined;
}

/** CreateTable from a GlobalTable or Table of the template: its keys, its indexes, its stream. */
export function tableFromTemplate(name: string, { Properties: properties = {} }: Resource): LocalTable {
  const indexes = (properties.GlobalSecondaryIndexes ?? []) as GlobalSecondaryIndex[];
  const stream = properties.StreamSpecification?.StreamViewType as string | undefined;
  const ttl = properties.TimeToLiveSpecification;
  return {
    create: {
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: properties.AttributeDefinitions,
      KeySchema: properties.KeySchema,
      ...(indexes.length > 0 && {
        GlobalSecondaryIndexes: indexes.map(({ IndexName, KeySchema, Projection }) => ({
          IndexName,
          KeySchema,
          Projection,
        })),
      }),
    },
    ttlAttribute: ttl?.Enabled === true ? ttl.AttributeName : undefined,
    streamViewType: stream,
  };
}
