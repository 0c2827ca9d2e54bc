import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import {
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  SingleValueWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import { DIMENSIONS, END_REASONS, INDEXES, METRIC_NAMESPACE } from '../../core/contract.ts';
import { SIGN_IN_ERRORS } from '../../core/sign-in.ts';
import {
  endedMetric,
  MINUTE,
  REFUSALS,
  refusedMetric,
  sessionMetric,
  tableMetric,
  throttles,
} from './metrics.ts';
import type { ObservabilityProps } from './observability-props.ts';

export function sessionWidgets({ service }: ObservabilityProps) {
  return [
    new SingleValueWidget({
      title: 'Active sessions',
      metrics: [sessionMetric(service, 'ActiveSessions', Stats.MAXIMUM)],
      sparkline: true,
      width: 6,
      height: 6,
    }),
    new GraphWidget({ title: 'Started', left: [sessionMetric(service, 'SessionsStarted')], width: 6 }),
    new GraphWidget({
      title: 'Ended, by reason',
      left: END_REASONS.map((reason) => endedMetric(service, reason)),
      stacked: true,
      width: 12,
    }),
  ];
}

export function expiryWidgets({ service, failures, functions }: ObservabilityProps) {
  return [
    new GraphWidget({
      title: 'Lateness of endings, clock skew (ms)',
      left: [50, 99].map((p) =>
        sessionMetric(service, 'ExpiryLateness', Stats.percentile(p)).with({ label: `p${p}` }),
      ),
      right: [sessionMetric(service, 'ClockSkew', Stats.MAXIMUM).with({ label: 'clock skew' })],
      width: 6,
    }),
    new GraphWidget({
      title: 'Sweep: longest overdue (ms), re-armed, failed',
      left: [sessionMetric(service, 'SweepBacklog', Stats.MAXIMUM)],
      right: [sessionMetric(service, 'SweepRearmed'), sessionMetric(service, 'FailedSweeps')],
      width: 6,
    }),
    new GraphWidget({
      title: 'Events behind the table (ms)',
      left: [functions.publish.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: MINUTE })],
      width: 6,
    }),
    new GraphWidget({
      title: 'Failure queue',
      left: [failures.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: MINUTE })],
      width: 6,
    }),
  ];
}

export function requestWidgets({ service, api }: ObservabilityProps) {
  const refusals = new MathExpression({
    expression: `SEARCH('{${METRIC_NAMESPACE},${DIMENSIONS.service},${DIMENSIONS.code}} MetricName="${REFUSALS}" ${DIMENSIONS.service}="${service}"', 'Sum', 60)`,
    usingMetrics: {},
    label: '',
    period: MINUTE,
  });
  return [
    new GraphWidget({
      title: 'Touches, and those that wrote',
      left: [sessionMetric(service, 'Touches'), sessionMetric(service, 'TouchWrites')],
      width: 6,
    }),
    new GraphWidget({
      title: 'Refusals, by code; wrong origin secrets',
      left: [refusals],
      right: [sessionMetric(service, 'WrongOriginSecrets')],
      width: 6,
    }),
    new GraphWidget({
      title: 'API: requests, 4xx, 5xx',
      left: [
        api.metricCount({ period: MINUTE }),
        api.metricClientError({ statistic: Stats.SUM, period: MINUTE }),
        api.metricServerError({ statistic: Stats.SUM, period: MINUTE }),
      ],
      width: 6,
    }),
    new GraphWidget({
      title: 'API: latency (ms)',
      left: [50, 99].map((p) =>
        api.metricLatency({ statistic: Stats.percentile(p), period: MINUTE, label: `p${p}` }),
      ),
      width: 6,
    }),
  ];
}

/** What may run out: time, concurrency, and the table's capacity. */
export function capacityWidgets({ table, functions }: ObservabilityProps) {
  const all = Object.entries(functions);
  return [
    new GraphWidget({
      title: 'Functions: p99 (ms), errors',
      left: all.map(([label, one]) =>
        one.metricDuration({ statistic: Stats.percentile(99), period: MINUTE, label }),
      ),
      right: all.map(([name, one]) => one.metricErrors({ period: MINUTE, label: `${name}: errors` })),
      width: 6,
    }),
    new GraphWidget({
      title: 'Functions: at once, throttled',
      left: all.map(([label, one]) =>
        one.metric('ConcurrentExecutions', { statistic: Stats.MAXIMUM, period: MINUTE, label }),
      ),
      right: all.map(([name, one]) => one.metricThrottles({ period: MINUTE, label: `${name}: throttled` })),
      width: 6,
    }),
    new GraphWidget({
      title: 'Table: consumed capacity',
      left: [tableMetric(table, 'ConsumedReadCapacityUnits').with({ label: 'read' })],
      right: [
        tableMetric(table, 'ConsumedWriteCapacityUnits').with({ label: 'written' }),
        tableMetric(table, 'ConsumedWriteCapacityUnits', INDEXES.due).with({ label: 'written to index due' }),
      ],
      width: 6,
    }),
    new GraphWidget({ title: 'Table: throttled', left: [throttles(table)], width: 6 }),
  ];
}

/** The sign-ins of a service: how many begin, finish and fail. Failures are among the refusals by code. */
export function signInWidgets({ service }: ObservabilityProps) {
  return [
    new GraphWidget({
      title: 'Sign-ins: begun, finished',
      left: [sessionMetric(service, 'SignInsBegun'), sessionMetric(service, 'SignInsFinished')],
      width: 12,
    }),
    new GraphWidget({
      title: 'Sign-ins: failed, by code',
      left: SIGN_IN_ERRORS.map((code) => refusedMetric(service, code).with({ label: code })),
      stacked: true,
      width: 12,
    }),
  ];
}

/** The distribution in front of the service. CloudFront reports to us-east-1 whatever region the service is in. */
export function distributionWidgets({ distributionId }: IDistribution) {
  const metric = (metricName: string, statistic: string) =>
    new Metric({
      namespace: 'AWS/CloudFront',
      metricName,
      dimensionsMap: { DistributionId: distributionId, Region: 'Global' },
      statistic,
      period: MINUTE,
      region: 'us-east-1',
    });
  const graph = (title: string, left: IMetric[]) =>
    new GraphWidget({ title, left, width: 12, region: 'us-east-1' });
  return [
    graph('CloudFront: requests', [metric('Requests', Stats.SUM)]),
    graph('CloudFront: errors (%)', [
      metric('4xxErrorRate', Stats.AVERAGE),
      metric('5xxErrorRate', Stats.AVERAGE),
    ]),
  ];
}
