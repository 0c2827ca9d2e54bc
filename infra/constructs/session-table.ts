import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { ATTRIBUTES, INDEXES } from '../../core/contract.ts';

/** The table of a session service. */
export interface SessionTableProps {
  /**
   * What becomes of the table when the stack is deleted. RETAIN also turns deletion protection and point-in-time
   * recovery on.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The one table: sessions, finished sign-ins, and the number of shards. On demand, encrypted, with a stream. */
export class SessionTable extends Construct {
  /** Key `pk`, indexes `due` and `subject`, TTL on `ttl`, a stream of both images. */
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: SessionTableProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const kept = removalPolicy === RemovalPolicy.RETAIN;
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: ATTRIBUTES.key, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: ATTRIBUTES.ttl,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: kept },
      deletionProtection: kept,
      removalPolicy,
      globalSecondaryIndexes: [
        {
          indexName: INDEXES.due,
          partitionKey: { name: ATTRIBUTES.dueShard, type: AttributeType.STRING },
          sortKey: { name: ATTRIBUTES.dueAt, type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: INDEXES.subject,
          partitionKey: { name: ATTRIBUTES.subject, type: AttributeType.STRING },
          sortKey: { name: ATTRIBUTES.createdAt, type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
  }
}

/** ARN of one index: a grant on `index/*` would also cover the indexes that the function doesn't use. */
export function indexArn(table: ITableV2, index: keyof typeof INDEXES): string {
  return `${table.tableArn}/index/${INDEXES[index]}`;
}
