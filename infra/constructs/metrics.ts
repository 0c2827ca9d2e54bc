import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import {
  DIMENSIONS,
  type EndReason,
  INDEXES,
  METRIC_NAMESPACE,
  type MetricName,
} from '../../core/contract.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { SignInErrorCode } from '../../core/sign-in.ts';

/** The metrics that have no dimension but the service. Functions write them in the embedded metric format. */
export type SessionMetric = Exclude<MetricName, 'SessionsEnded' | 'Refusals'>;

/** The period of everything that is not said otherwise. */
export const MINUTE = Duration.minutes(1);
/** Long enough for a sign-in to finish in it where there are three an hour. */
export const HALF_AN_HOUR = Duration.minutes(30);
export const REFUSALS = 'Refusals' satisfies MetricName;

/** A metric of a service, in one of its dimensions or over all. */
function serviceMetric(
  service: string,
  metricName: MetricName,
  statistic: string,
  dimension: Readonly<Record<string, string>> = {},
): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [DIMENSIONS.service]: service, ...dimension },
    statistic,
    period: MINUTE,
  });
}

/** One of a service's metrics. @param service its `serviceName` @param statistic default: the sum */
export function sessionMetric(
  service: string,
  metricName: SessionMetric,
  statistic: string = Stats.SUM,
): Metric {
  return serviceMetric(service, metricName, statistic);
}

/** Sessions of a service that ended for one reason. @param service its `serviceName` */
export function endedMetric(service: string, reason: EndReason): Metric {
  return serviceMetric(service, 'SessionsEnded', Stats.SUM, { [DIMENSIONS.reason]: reason }).with({
    label: reason,
  });
}

/** Requests that were rejected with one code. */
export function refusedMetric(service: string, code: ErrorCode | SignInErrorCode): Metric {
  return serviceMetric(service, REFUSALS, Stats.SUM, { [DIMENSIONS.code]: code });
}

/** A sum in metric math to which a metric that was never reported adds nothing. */
export function sumOf(names: readonly string[]): string {
  return `SUM([${names.map((name) => `FILL(${name}, 0)`).join(', ')}])`;
}

/**
 * A metric of a service while its users sign in: 0 where some finish and the metric is missing, had it never been reported; 1
 * where none finishes, so that nothing is known.
 */
export function whileUsersSignIn(metric: Metric, service: string, period: Duration): IMetric {
  return new MathExpression({
    // A sum with what was reported has a value in any case, and FILL has none of its own for a metric that never was.
    expression: 'IF(finished >= 1, SUM([FILL(counted, 0), finished]) - finished, 1)',
    usingMetrics: {
      counted: metric.with({ period }),
      finished: sessionMetric(service, 'SignInsFinished').with({ period }),
    },
    label: 'while users sign in',
    period,
  });
}

/** A sum of DynamoDB's own, of a table or one of its indexes. */
export function tableMetric(table: ITableV2, metricName: string, index?: string): Metric {
  return new Metric({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensionsMap: {
      TableName: table.tableName,
      ...(index !== undefined && { GlobalSecondaryIndexName: index }),
    },
    statistic: Stats.SUM,
    period: MINUTE,
  });
}

/** Requests that the table or one of its indexes throttled. */
export function throttles(table: ITableV2): IMetric {
  const parts: Record<string, IMetric> = {};
  for (const [kind, metricName] of ['ReadThrottleEvents', 'WriteThrottleEvents'].entries()) {
    for (const [part, index] of [undefined, INDEXES.due, INDEXES.subject].entries()) {
      parts[`m${kind}${part}`] = tableMetric(table, metricName, index);
    }
  }
  return new MathExpression({
    expression: sumOf(Object.keys(parts)),
    usingMetrics: parts,
    label: 'throttled',
    period: MINUTE,
  });
}
