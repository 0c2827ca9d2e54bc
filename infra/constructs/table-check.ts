import { Stack } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable, type ITableV2, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { ATTRIBUTES, INDEXES } from '../../core/contract.ts';

/** A key as it is written in messages: each attribute with its type. */
type Key = string;

const TABLE_KEY: Key = `${ATTRIBUTES.key} (S)`;
const INDEX_KEYS: Readonly<Record<string, Key>> = {
  [INDEXES.due]: `${ATTRIBUTES.dueShard} (S), ${ATTRIBUTES.dueAt} (N)`,
  [INDEXES.subject]: `${ATTRIBUTES.subject} (S), ${ATTRIBUTES.createdAt} (N)`,
};

/** A schema of CloudFormation's, as its properties resolve. */
interface Schema {
  readonly keySchema?: readonly KeyPart[];
  readonly attributeDefinitions?: readonly {
    readonly attributeName: string;
    readonly attributeType: string;
  }[];
  readonly globalSecondaryIndexes?: readonly {
    readonly indexName: string;
    readonly keySchema: readonly KeyPart[];
  }[];
  readonly streamSpecification?: { readonly streamViewType?: string };
  readonly timeToLiveSpecification?: { readonly attributeName?: string; readonly enabled?: boolean };
}

interface KeyPart {
  readonly attributeName: string;
  readonly keyType: string;
}

/**
 * What a table lacks of what the service needs.
 *
 * @returns a sentence for each; none for a table that was made elsewhere, of which nothing can be seen
 */
export function lackingOf(table: ITableV2): string[] {
  const resource = table.node.defaultChild;
  if (!(resource instanceof CfnGlobalTable || resource instanceof CfnTable)) return [];
  const {
    keySchema,
    attributeDefinitions,
    globalSecondaryIndexes,
    streamSpecification,
    timeToLiveSpecification,
  } = resource;
  const schema: Schema = Stack.of(table).resolve({
    keySchema,
    attributeDefinitions,
    globalSecondaryIndexes,
    streamSpecification,
    timeToLiveSpecification,
  });
  return [...wrongKeys(schema), ...wrongSettings(schema)].map((what) => `table ${table.node.path}: ${what}`);
}

function* wrongKeys(schema: Schema): Generator<string> {
  const key = written(schema.keySchema, schema);
  if (key !== TABLE_KEY) yield `its key must be ${TABLE_KEY}, not ${key}`;
  for (const [name, expected] of Object.entries(INDEX_KEYS)) {
    const index = schema.globalSecondaryIndexes?.find(({ indexName }) => indexName === name);
    const found = written(index?.keySchema, schema);
    if (found !== expected) yield `it must have an index ${name} with the key ${expected}, not ${found}`;
  }
}

function* wrongSettings({ streamSpecification, timeToLiveSpecification: ttl }: Schema): Generator<string> {
  if (streamSpecification?.streamViewType !== StreamViewType.NEW_AND_OLD_IMAGES)
    yield 'it must have a stream of both images (NEW_AND_OLD_IMAGES), or no end is announced';
  if (ttl?.attributeName !== ATTRIBUTES.ttl || ttl.enabled === false)
    yield `its TTL must be on ${ATTRIBUTES.ttl}, or ended sessions are kept for ever`;
}

/** `pk (S), sk (N)`, the partition key first; `none`. */
function written(parts: readonly KeyPart[] = [], { attributeDefinitions = [] }: Schema): Key {
  const types = Object.fromEntries(
    attributeDefinitions.map(({ attributeName, attributeType }) => [attributeName, attributeType]),
  );
  return (
    parts
      .toSorted((a, b) => a.keyType.localeCompare(b.keyType))
      .map(({ attributeName }) => `${attributeName} (${types[attributeName]})`)
      .join(', ') || 'none'
  );
}
