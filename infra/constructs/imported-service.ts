import { Duration, type SecretValue } from 'aws-cdk-lib';
import { type ITableV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { type FunctionEnvironment, USUAL_RETENTION_MS } from '../../core/contract.ts';
import { OriginSecrets } from './origin-secrets.ts';
import { busHere, SessionServiceBase } from './session-service-base.ts';

/** What is known of a session service that another stack, region or account made. */
export interface SessionServiceAttributes {
  /**
   * ARN of its table (`sessions.table.tableArn`). A guard asks the region that it names: from another region, each guarded
   * request waits for the way there and back, and gets 503 while that region is out of reach. A table of another account
   * needs a policy of its own that allows this one.
   */
  readonly tableArn: string;
  /** Its `serviceName`: `service` of metrics and events. */
  readonly serviceName: string;
  /** Its `siteUrl`: origin of the site as users see it. */
  readonly siteUrl: string;
  /**
   * Its origin secrets. A guard without them answers requests that went around the distribution.
   *
   * @default none: any request is answered
   */
  readonly originSecrets?: readonly SecretValue[] | undefined;
  /** Its `encryptionKey`, which guards need to use. @default a key that DynamoDB owns */
  readonly encryptionKey?: IKey | undefined;
  /** Its `retention`: how long a session that a guard ends can still say why. @default Duration.hours(24) */
  readonly retention?: Duration | undefined;
  /**
   * Its bus, for `onSessionEnded()` and `onSessionStarted()`, or one that a rule there sends its events to: a rule is in the region and
   * account of its bus.
   *
   * @default none: they throw
   */
  readonly eventBus?: IEventBus | undefined;
}

/** A session service that was made elsewhere: guards its sessions, and listens to it. */
export class ImportedSessionService extends SessionServiceBase {
  readonly table: ITableV2;
  readonly siteUrl: string;
  readonly serviceName: string;

  protected readonly store: FunctionEnvironment;
  protected readonly originSecrets: OriginSecrets;
  private readonly eventBus: IEventBus | undefined;

  constructor(scope: Construct, id: string, attributes: SessionServiceAttributes) {
    super(scope, id);
    const { tableArn, encryptionKey, retention = Duration.millis(USUAL_RETENTION_MS) } = attributes;
    this.table = TableV2.fromTableAttributes(this, 'Table', {
      tableArn,
      ...(encryptionKey && { encryptionKey }),
    });
    this.siteUrl = attributes.siteUrl;
    this.serviceName = attributes.serviceName;
    this.originSecrets = new OriginSecrets(attributes.originSecrets);
    this.eventBus = attributes.eventBus;
    this.store = {
      // Not its name: the guard asks the region that the ARN names.
      TABLE_NAME: tableArn,
      RETENTION_MS: String(retention.toMilliseconds()),
      SESSION_SERVICE: this.serviceName,
    };
  }

  protected announcements(): { bus: IEventBus; isShared: boolean } {
    if (this.eventBus) return { bus: busHere(this, this.eventBus), isShared: true };
    throw new Error('eventBus: the attributes of the service must have its bus to hear its events');
  }
}
