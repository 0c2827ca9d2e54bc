import type { ComparisonOperator, IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmName } from './alarm-thresholds.ts';

/** An alarm as the service needs it. */
export interface AlarmDefinition {
  readonly id: AlarmName;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Periods of the metric that are looked at. */
  readonly periods: number;
  /** Those of them that have to be beyond the threshold. @default all */
  readonly datapoints?: number;
  /** What to do, at some length. */
  readonly description: string;
  /** @default GREATER_THAN_THRESHOLD */
  readonly comparison?: ComparisonOperator;
  /** @default NOT_BREACHING */
  readonly missing?: TreatMissingData;
  /** Whether its action is taken when the metric stops. @default false */
  readonly isRaisedBySilence?: boolean;
}
