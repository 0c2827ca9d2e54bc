import type { Duration } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IRule } from 'aws-cdk-lib/aws-events';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { AlarmThresholds } from './alarm-thresholds.ts';

/** What is watched. */
export interface ObservabilityProps {
  /** Which service it is: its `serviceName`. */
  readonly service: string;
  /** The table, whose throttled requests raise an alarm. */
  readonly table: ITableV2;
  /** The API, whose 5xx answers raise an alarm. */
  readonly api: IHttpApi;
  /** The functions of the service. */
  readonly functions: Readonly<Record<'auth' | 'session' | 'sweep' | 'publish', IFunction>>;
  /** Is told about records that were not announced and will not be: any message raises an alarm. */
  readonly failures: IQueue;
  /** The schedule of the sweep: an invocation that it may not make raises an alarm. */
  readonly schedule: IRule;
  /** How often the sweep runs: endings that are later than three of these raise an alarm. */
  readonly sweepInterval: Duration;
  /** What raises the alarms. @default what each says of itself */
  readonly thresholds?: AlarmThresholds | undefined;
  /** What an alarm does. @default nothing: it is seen on the dashboard */
  readonly actions?: readonly IAlarmAction[] | undefined;
}
