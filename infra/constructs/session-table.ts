import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type CfnGlobalTable,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  type TablePropsV2,
  TableV2,
  type WarmThroughput,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ATTRIBUTES, INDEXES } from '../../core/contract.ts';

/** The table of a session service. */
export interface SessionTableProps {
  /**
   * What becomes of the table when the stack is deleted. Unless it is DESTROY, the table has point-in-time recovery.
   * RETAIN_ON_UPDATE_OR_DELETE also deletes it when the deployment that makes it fails, RETAIN leaves it.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy | undefined;
  /**
   * Whether DynamoDB refuses to delete the table, whoever asks. A deployment that makes a protected table and fails can't
   * take it back: with RETAIN it leaves it, with any other policy the roll-back fails as well.
   *
   * @default true with RemovalPolicy.RETAIN, otherwise false
   */
  readonly deletionProtection?: boolean | undefined;
  /** Key of KMS that encrypts the table. It may be changed at any time. @default a key that DynamoDB owns */
  readonly encryptionKey?: IKey | undefined;
  /**
   * Requests a second that table and indexes take at once, each of the three alike: for a known peak, such as the first
   * morning. AWS takes money once for what is beyond 12,000 reads and 4,000 writes, and it can't be lowered again. An on-demand
   * table doubles by itself within half an hour.
   *
   * @default what an on-demand table begins with: 12,000 reads and 4,000 writes
   */
  readonly warmThroughput?: WarmThroughput | undefined;
}

/** The one table: sessions, finished sign-ins, and the number of shards. On demand, encrypted, with a stream. */
export class SessionTable extends Construct {
  /** Key `pk`, indexes `due` and `subject`, TTL on `ttl`, a stream of both images. */
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: SessionTableProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const warm = props.warmThroughput && { warmThroughput: props.warmThroughput };
    this.table = new KeyedTable(this, 'Table', props.encryptionKey, {
      partitionKey: { name: ATTRIBUTES.key, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: ATTRIBUTES.ttl,
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: removalPolicy !== RemovalPolicy.DESTROY,
      },
      deletionProtection: props.deletionProtection ?? removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
      ...warm,
      globalSecondaryIndexes: [
        {
          indexName: INDEXES.due,
          partitionKey: { name: ATTRIBUTES.dueShard, type: AttributeType.STRING },
          sortKey: { name: ATTRIBUTES.dueAt, type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
          ...warm,
        },
        {
          indexName: INDEXES.subject,
          partitionKey: { name: ATTRIBUTES.subject, type: AttributeType.STRING },
          sortKey: { name: ATTRIBUTES.createdAt, type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
          ...warm,
        },
      ],
    });
  }
}

/**
 * A table with a key of KMS in a stack of any region. The CDK's own `TableEncryptionV2.customerManagedKey()` refuses a stack
 * that does not say its region, since it could have replicas with other keys; this table has none.
 */
class KeyedTable extends TableV2 {
  declare readonly encryptionKey?: IKey;

  constructor(scope: Construct, id: string, key: IKey | undefined, props: TablePropsV2) {
    super(scope, id, props);
    if (!key) return;
    this.encryptionKey = key;
    // The default child of a TableV2 is its CfnGlobalTable.
    const resource = this.node.defaultChild as CfnGlobalTable;
    resource.addPropertyOverride('SSESpecification', { SSEEnabled: true, SSEType: 'KMS' });
    resource.addPropertyOverride('Replicas.0.SSESpecification', { KMSMasterKeyId: key.keyArn });
  }
}

/** ARN of one index: a grant on `index/*` would also cover the indexes that the function doesn't use. */
export function indexArn(table: ITableV2, index: keyof typeof INDEXES): string {
  return `${table.tableArn}/index/${INDEXES[index]}`;
}
