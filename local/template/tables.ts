import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { physicalName, type Source } from './intrinsics.ts';
import { findResources } from './resources.ts';

/** A table of the template. */
export interface LocalTable {
  readonly name: string;
  /** Attributes of the key, the partition's first. */
  readonly keyAttributes: readonly string[];
  readonly create: CreateTableCommandInput;
  /** The attribute whose time, in epoch seconds, deletes a row; CreateTable does not take it. */
  readonly ttlAttribute: string | undefined;
}

const KeySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const Table = z.object({
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema,
  GlobalSecondaryIndexes: z.optional(
    z.array(
      z.object({
        IndexName: z.string(),
        KeySchema,
        Projection: z.object({
          ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
          NonKeyAttributes: z.optional(z.array(z.string())),
        }),
      }),
    ),
  ),
  StreamSpecification: z.optional(z.object({ StreamViewType: z.literal('NEW_AND_OLD_IMAGES') })),
  TimeToLiveSpecification: z.optional(z.object({ AttributeName: z.string(), Enabled: z.literal(true) })),
});

/** The tables of the template: keys, indexes, stream and TTL. */
export function readTables(source: Source): LocalTable[] {
  return findResources(source, 'AWS::DynamoDB::GlobalTable', Table).map(({ id, properties }) =>
    toLocalTable(physicalName(id, source), properties),
  );
}

function toLocalTable(name: string, table: z.infer<typeof Table>): LocalTable {
  const { AttributeDefinitions, KeySchema: key, GlobalSecondaryIndexes, StreamSpecification } = table;
  return {
    name,
    keyAttributes: key.map(({ AttributeName }) => AttributeName),
    create: {
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions,
      KeySchema: key,
      ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
      ...(StreamSpecification && { StreamSpecification: { StreamEnabled: true, ...StreamSpecification } }),
    },
    ttlAttribute: table.TimeToLiveSpecification?.AttributeName,
  };
}
