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

/** Index by which the sweep finds what may be over: sparse, an ended session leaves it. */
export const DUE_INDEX = 'due';
/** Index that lists a user's sessions, oldest first. */
export const SUBJECT_INDEX = 'subject';

/** The table of a session service. */
export interface SessionTableProps {
  /**
   * What becomes of the table when the stack goes, and whether it may be deleted at all: RETAIN also turns
   * deletion protection and point-in-time recovery on.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The one table: sessions, sign-ins under way, and the sweep's own note. On demand, encrypted, with a stream. */
export class SessionTable extends Construct {
  /** Key `pk`, indexes `due` and `subject`, TTL on `ttl`, a stream of both images. */
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: SessionTableProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const kept = removalPolicy === RemovalPolicy.RETAIN;
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: kept },
      deletionProtection: kept,
      removalPolicy,
      globalSecondaryIndexes: [
        {
          indexName: DUE_INDEX,
          partitionKey: { name: 'dueShard', type: AttributeType.STRING },
          sortKey: { name: 'dueAt', type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: SUBJECT_INDEX,
          partitionKey: { name: 'subject', type: AttributeType.STRING },
          sortKey: { name: 'createdAt', type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
  }
}

/** ARN of one index: a grant on `index/*` would cover indexes that the function has no business with. */
export function indexArn(table: ITableV2, index: string): string {
  return `${table.tableArn}/index/${index}`;
}
