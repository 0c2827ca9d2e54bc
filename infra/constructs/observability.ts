import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IAlarmAction,
  type IMetric,
  MathExpression,
  Metric,
  SingleValueWidget,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  CLOCK_SKEW_LIMIT_MS,
  DIMENSIONS,
  END_REASONS,
  type EndReason,
  INDEXES,
  METRIC_NAMESPACE,
  type MetricName,
} from '../../core/contract.ts';
import type { ErrorCode } from '../../core/errors.ts';

/** The metrics that have no dimension but the service. Functions write them in the embedded metric format. */
export type SessionMetric = Exclude<MetricName, 'SessionsEnded' | 'Refusals'>;

const MINUTE = Duration.minutes(1);
/** Of session cookies that no session has, in five minutes. A restored browser sends one now and then. */
const GUESSES = 1_000;
const REFUSALS = 'Refusals' satisfies MetricName;

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
function refusedMetric(service: string, code: ErrorCode): Metric {
  return serviceMetric(service, REFUSALS, Stats.SUM, { [DIMENSIONS.code]: code });
}

/** What is watched. */
export interface ObservabilityProps {
  /** Which service it is: its `serviceName`. */
  readonly service: string;
  /** The table, whose throttled requests raise an alarm. */
  readonly table: ITableV2;
  /** The API, whose 5xx answers raise an alarm. */
  readonly api: HttpApi;
  /** The functions of the service. */
  readonly functions: Readonly<Record<'auth' | 'session' | 'sweep' | 'publish', IFunction>>;
  /** Is told about records that were not announced and will not be: any message raises an alarm. */
  readonly failures: IQueue;
  /** How often the sweep runs: endings that are later than three of these raise an alarm. */
  readonly sweepInterval: Duration;
  /** What an alarm does. @default nothing: it is seen on the dashboard */
  readonly actions?: readonly IAlarmAction[] | undefined;
}

/** Alarms whose descriptions say what to do, and one dashboard of the whole service. */
export class Observability extends Construct {
  /** Each has its chapter in the runbook. */
  readonly alarms: readonly Alarm[];
  /** Sessions, endings and their lateness, clock skew, the sweep, events, rejected requests, throttles. */
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    this.alarms = this.createAlarms(props);
    for (const alarm of this.alarms) alarm.addAlarmAction(...(props.actions ?? []));
    this.dashboard = new Dashboard(this, 'Dashboard', { defaultInterval: Duration.hours(3) });
    this.dashboard.addWidgets(...sessionWidgets(props));
    this.dashboard.addWidgets(...expiryWidgets(props));
    this.dashboard.addWidgets(...requestWidgets(props));
  }

  private createAlarms(props: ObservabilityProps): Alarm[] {
    const { service, functions, sweepInterval } = props;
    const sweepPeriod = Duration.seconds(Math.max(60, sweepInterval.toSeconds()));
    return [
      this.alarm('LateEndings', {
        metric: sessionMetric(service, 'ExpiryLateness', Stats.percentile(99)).with({ period: sweepPeriod }),
        threshold: 3 * sweepInterval.toMilliseconds(),
        periods: 3,
        description:
          'Sessions are announced as ended more than three sweeps late (p99). Requests are still refused on time. See SweepBacklog: if it grows, the sweep can’t keep up, so raise dueShards or look for throttles of the table; if it doesn’t, look at the log of the sweep function for failures.',
      }),
      this.alarm('SweepSilent', {
        metric: sessionMetric(service, 'SweepBacklog', Stats.SAMPLE_COUNT).with({ period: sweepPeriod }),
        threshold: 1,
        periods: 5,
        comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
        missing: TreatMissingData.BREACHING,
        description:
          'The sweep has not reported for five periods: sessions still end on time for their users, but nobody is told. Check that its EventBridge rule is enabled, and read the log of the sweep function: a timeout, a throttle of the account’s concurrency, or a table out of reach. When it runs again it catches up, oldest first.',
      }),
      this.alarm('StreamBehind', {
        metric: functions.publish.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: MINUTE }),
        threshold: 60_000,
        periods: 3,
        description:
          'Events are more than a minute behind the table. Read the log of the publish function: “publish failed” with a throttle or a 5xx is EventBridge, and the events are announced when it answers again; no failure at all means that publish does not keep up: raise publishParallelization, or look for throttles of the function. Events wait for up to 23 hours.',
      }),
      this.alarm('StreamStalled', {
        metric: functions.publish.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: MINUTE }),
        threshold: 15 * 60_000,
        periods: 3,
        description:
          'The oldest event has waited for more than 15 minutes, and this does not pass without help as a peak does. What is not announced 23 hours after its change goes to the failure queue, as a note without the event. Read the log of the publish function: “publish failed” names what rejects (EventBridge, its permission or its quota; or the failure queue, when a record cannot be set aside); a timeout or a crash of the same few records again and again is a defect: deploy the release before, or a mended one, and the waiting events are announced.',
      }),
      this.alarm('FailedEvents', {
        metric: props.failures.metricApproximateNumberOfMessagesVisible({
          statistic: Stats.MAXIMUM,
          period: MINUTE,
        }),
        threshold: 0,
        periods: 1,
        description:
          'Beginnings or ends of sessions were not announced and will not be. A message with a key is of one row that makes no sense: its reason says what the row lacks. A message with a shard is of records that could not be announced within 23 hours: the stream has them for an hour more at the most. Mend the cause, announce them again as the runbook says, and delete the messages.',
      }),
      this.alarm('Throttled', {
        metric: throttles(props.table),
        threshold: 0,
        periods: 2,
        description:
          'DynamoDB refuses requests of the table or of an index. Users see 503 and keep their sessions. A throttled index throttles the whole table: if it is index due, raise dueShards; if it is the table, an on-demand table doubles by itself within half an hour, and its warm throughput can be raised before a known peak.',
      }),
      this.alarm('ServerErrors', {
        metric: props.api.metricServerError({ statistic: Stats.SUM, period: MINUTE }),
        threshold: 5,
        periods: 3,
        description:
          'The API answers with 5xx. The log of the auth and session functions has a line “request failed” for each, with its code: ERR_STORE_UNAVAILABLE, temporarily_unavailable of a sign-in, is the table (see the alarm on throttles) or Secrets Manager, as its cause says, ERR_INTERNAL a defect, and a line of the platform a timeout. In the access log, integrationError names what the function did not get to say.',
      }),
      this.alarm('GuessedSessions', {
        metric: refusedMetric(service, 'ERR_SESSION_UNKNOWN').with({ period: Duration.minutes(5) }),
        threshold: GUESSES,
        periods: 1,
        description:
          'More than a thousand requests in five minutes came with a session cookie that no session has. An id has 128 random bits and a secret 256, so that guessing finds nothing; but somebody tries, or a client repeats a cookie of a session that was forgotten a day after its end. The log of the session function has the sessionId of each, and the access log the address: block it with a rule of the web ACL.',
      }),
      this.alarm('ClockSkew', {
        metric: sessionMetric(service, 'ClockSkew', Stats.MAXIMUM).with({ period: sweepPeriod }),
        threshold: CLOCK_SKEW_LIMIT_MS,
        periods: 3,
        description:
          'The clock of a function has been more than a second from the table’s for three periods. Sessions that this function decides on end as much too early (its clock is ahead) or too late (behind); an ended session stays ended. The log of the function has a line “clock skew”: skewMs is above 0 where it is ahead, and the log stream is the execution environment that has the clock. AWS sets the clocks of Lambda, so replace the environment: deploy the function again, or change one of its environment variables. If other environments have it too, or it comes back, ask AWS support.',
      }),
    ];
  }

  private alarm(
    id: string,
    props: {
      metric: IMetric;
      threshold: number;
      periods: number;
      description: string;
      comparison?: ComparisonOperator;
      missing?: TreatMissingData;
    },
  ): Alarm {
    return new Alarm(this, id, {
      alarmDescription: props.description,
      metric: props.metric,
      threshold: props.threshold,
      evaluationPeriods: props.periods,
      comparisonOperator: props.comparison ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: props.missing ?? TreatMissingData.NOT_BREACHING,
    });
  }
}

/** Requests that the table or one of its indexes throttled. */
function throttles(table: ITableV2): IMetric {
  const parts: Record<string, IMetric> = {};
  for (const [index, metricName] of ['ReadThrottleEvents', 'WriteThrottleEvents'].entries()) {
    const dimensions = [undefined, INDEXES.due, INDEXES.subject];
    for (const [part, name] of dimensions.entries()) {
      parts[`m${index}${part}`] = new Metric({
        namespace: 'AWS/DynamoDB',
        metricName,
        dimensionsMap: {
          TableName: table.tableName,
          ...(name !== undefined && { GlobalSecondaryIndexName: name }),
        },
        statistic: Stats.SUM,
        period: MINUTE,
      });
    }
  }
  const filled = Object.keys(parts).map((name) => `FILL(${name}, 0)`);
  return new MathExpression({
    expression: filled.join(' + '),
    usingMetrics: parts,
    label: 'throttled',
    period: MINUTE,
  });
}

function sessionWidgets({ service }: ObservabilityProps) {
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

function expiryWidgets({ service, failures, functions }: ObservabilityProps) {
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
      title: 'Sweep: longest overdue (ms), re-armed',
      left: [sessionMetric(service, 'SweepBacklog', Stats.MAXIMUM)],
      right: [sessionMetric(service, 'SweepRearmed')],
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

function requestWidgets({ service, table, api, functions }: ObservabilityProps) {
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
    new GraphWidget({ title: 'Refusals, by code', left: [refusals], width: 6 }),
    new GraphWidget({
      title: 'Throttles and 5xx',
      left: [throttles(table), api.metricServerError({ statistic: Stats.SUM, period: MINUTE })],
      width: 6,
    }),
    new GraphWidget({
      title: 'Functions: p99 (ms), errors',
      left: Object.values(functions).map((one) =>
        one.metricDuration({ statistic: Stats.percentile(99), period: MINUTE }),
      ),
      right: Object.values(functions).map((one) => one.metricErrors({ period: MINUTE })),
      width: 6,
    }),
  ];
}
