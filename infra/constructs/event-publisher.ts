import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ATTRIBUTES, ENDING_ATTRIBUTES, SESSION_KEY_PREFIX } from '../../core/contract.ts';
import { grantKey, grantRows, grantSessions } from './grants.ts';
import { ServiceFunction, type SharedFunctionProps } from './service-function.ts';

export interface EventPublisherProps {
  readonly table: ITableV2;
  readonly bus: IEventBus;
  readonly shared: SharedFunctionProps;
  /** Invocations at once for each shard of the stream, 1 to 10. @default 10 */
  readonly parallelization?: number | undefined;
}

const Keys = { [ATTRIBUTES.key]: { S: FilterRule.beginsWith(SESSION_KEY_PREFIX) } };
const ACTIVE = { [ATTRIBUTES.state]: { S: FilterRule.isEqual('active') } };
const ENDED = { [ATTRIBUTES.state]: { S: FilterRule.isEqual('ended') } };

/**
 * The changes of the table that are announced, so that a touch costs no invocation: a session began, it ended, or
 * TTL removed it while it was active. By string attributes only: a stream record has its numbers as strings, and a
 * numeric rule matches none of them, silently.
 */
const TRANSITIONS = [
  FilterCriteria.filter({
    eventName: FilterRule.isEqual('INSERT'),
    dynamodb: { Keys, NewImage: ACTIVE },
  }),
  FilterCriteria.filter({ dynamodb: { Keys, OldImage: ACTIVE, NewImage: ENDED } }),
  FilterCriteria.filter({
    eventName: FilterRule.isEqual('REMOVE'),
    dynamodb: { Keys, OldImage: ACTIVE },
  }),
];

/** Announces the beginning and the end of sessions: from the table's stream to the event bus, at least once. */
export class EventPublisher extends Construct {
  readonly function: ServiceFunction;
  /**
   * A message for each record that can never be announced, from the function, and one for each batch that could not be
   * announced within 23 hours, from Lambda. Both say where in the stream the records are, and neither holds a row.
   */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, props: EventPublisherProps) {
    super(scope, id);
    const { table, bus, shared } = props;
    this.failures = new Queue(this, 'Failures', {
      ...(shared.encryptionKey
        ? { encryption: QueueEncryption.KMS, encryptionMasterKey: shared.encryptionKey }
        : { encryption: QueueEncryption.SQS_MANAGED }),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: shared.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    Validations.of(this.failures).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue, of the event source mapping, which the rule does not look at',
    });
    this.function = new ServiceFunction(this, 'Publish', {
      ...shared,
      name: 'publish',
      description: 'Curfew publish: announces the beginning and the end of sessions on the event bus.',
      environment: {
        ...shared.environment,
        BUS_NAME: bus.eventBusName,
        FAILURE_QUEUE_URL: this.failures.queueUrl,
      },
      timeout: Duration.seconds(30),
    });
    this.function.allow(['events:PutEvents'], [bus.eventBusArn]);
    this.function.allow(['sqs:SendMessage'], [this.failures.queueArn]);
    grantKey(this.function.lambda, shared.encryptionKey, 'sqs');
    // It ends sessions that a revocation of all of their user's missed.
    grantRows(this.function.lambda, table, ['GetItem'], ['subject']);
    grantSessions(this.function.lambda, table, ENDING_ATTRIBUTES);
    this.function.lambda.addEventSource(
      new DynamoEventSource(table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        // One flush of metrics and a tenth of the PutEvents calls, for a second of delay.
        maxBatchingWindow: Duration.seconds(1),
        filters: TRANSITIONS,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        // A failed record holds up the records of the same invocation only: one in ten of its shard's.
        parallelizationFactor: checkedParallelization(props.parallelization ?? 10),
        // -1: as often as it takes. The function itself sets aside what can never be announced, so only an outage of
        // the bus or a crash is tried again; the age ends it, since the stream keeps records for 24 hours.
        retryAttempts: -1,
        maxRecordAge: Duration.hours(23),
        // Not SqsDlq, which also allows reading the queue's attributes. Lambda sends by the role of the function.
        onFailure: { bind: () => ({ destination: this.failures.queueArn }) },
      }),
    );
  }
}

function checkedParallelization(factor: number): number {
  if (Number.isInteger(factor) && factor >= 1 && factor <= 10) return factor;
  throw new Error(`publishParallelization must be a whole number from 1 to 10, not ${factor}`);
}
