import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { CLOCK_SKEW_LIMIT_MS } from '../../core/contract.ts';
import type { SignInErrorCode } from '../../core/sign-in.ts';
import { MINUTE, refusedMetric, sessionMetric, sumOf, throttles } from './metrics.ts';
import type { ObservabilityProps } from './observability-props.ts';

/** An alarm as the service needs it. */
export interface AlarmDefinition {
  readonly id: string;
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

/** Of session cookies that no session has, in five minutes. A restored browser sends one now and then. */
const GUESSES = 1_000;

/**
 * How a sign-in fails that came back to the browser in which it began. The other codes are answers to whoever loads the address of
 * the callback: they say nothing about sign-ins.
 */
const FAILURES: readonly SignInErrorCode[] = [
  'sign_in_failed',
  'provider_unavailable',
  'temporarily_unavailable',
  'reauthentication_required',
  'access_denied',
];

/** Sign-ins that failed, of those that came back, percent; 0 where fewer than five failed. */
function failedShare(service: string): IMetric {
  const period = Duration.minutes(5);
  const codes = FAILURES.map((code, i) => [`f${i}`, refusedMetric(service, code).with({ period })] as const);
  const failed = sumOf(codes.map(([name]) => name));
  return new MathExpression({
    expression: `IF(${failed} >= 5, 100 * ${failed} / (${failed} + FILL(finished, 0)), 0)`,
    usingMetrics: {
      ...Object.fromEntries(codes),
      finished: sessionMetric(service, 'SignInsFinished').with({ period }),
    },
    label: 'failed sign-ins (%)',
    period,
  });
}

/** Sign-ins that finished, of those that began, percent; 100 where fewer than ten began. */
function finishedShare(service: string): IMetric {
  const period = Duration.minutes(15);
  return new MathExpression({
    expression: 'IF(begun >= 10, 100 * FILL(finished, 0) / begun, 100)',
    usingMetrics: {
      begun: sessionMetric(service, 'SignInsBegun').with({ period }),
      finished: sessionMetric(service, 'SignInsFinished').with({ period }),
    },
    label: 'finished sign-ins (%)',
    period,
  });
}

/** What can be wrong with a service, each with its chapter in the runbook. */
export function alarmDefinitions(props: ObservabilityProps): readonly AlarmDefinition[] {
  const { service, functions, sweepInterval } = props;
  const sweepPeriod = Duration.seconds(Math.max(60, sweepInterval.toSeconds()));
  return [
    {
      id: 'LateEndings',
      // What every sweep reports. The lateness of what ends says nothing while nothing ends.
      metric: sessionMetric(service, 'SweepBacklog', Stats.MAXIMUM).with({ period: sweepPeriod }),
      threshold: 3 * sweepInterval.toMilliseconds(),
      periods: 5,
      datapoints: 3,
      missing: TreatMissingData.IGNORE,
      description:
        'Expired sessions have waited for more than three sweeps to be ended. Requests are still refused on time. If SweepBacklog grows, the sweep can’t keep up: raise sweepParallelWrites, then sweepMemory, then dueShards, or look for throttles of the table; if it doesn’t, look at the log of the sweep function for failures.',
    },
    {
      id: 'SweepSilent',
      metric: sessionMetric(service, 'SweepBacklog', Stats.SAMPLE_COUNT).with({ period: sweepPeriod }),
      threshold: 1,
      periods: 5,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      // Every report is above the threshold, and silence is none. A new alarm begins without data, and so changes nothing.
      missing: TreatMissingData.MISSING,
      isRaisedBySilence: true,
      description:
        'INSUFFICIENT DATA is what this alarm warns of: the sweep has reported before, and has not for five periods. Sessions still end on time for their users, but nobody is told. Check that its EventBridge rule is enabled, and read the log of the sweep function: a timeout, a throttle of the account’s concurrency, or a table out of reach. When it runs again it catches up, oldest first. After a first deployment it has no data until the first sweep, and does nothing.',
    },
    {
      id: 'StreamBehind',
      metric: functions.publish.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: MINUTE }),
      threshold: 60_000,
      periods: 3,
      description:
        'Events are more than a minute behind the table. Read the log of the publish function: “publish failed” with a throttle or a 5xx is EventBridge, and the events are announced when it answers again; no failure at all means that publish does not keep up: raise publishParallelization, or look for throttles of the function. Events wait for up to 23 hours.',
    },
    {
      id: 'StreamStalled',
      metric: functions.publish.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: MINUTE }),
      threshold: 15 * 60_000,
      periods: 3,
      description:
        'The oldest event has waited for more than 15 minutes, and this does not pass without help as a peak does. What is not announced 23 hours after its change goes to the failure queue, as a note without the event. Read the log of the publish function: “publish failed” names what rejects (EventBridge, its permission or its quota; or the failure queue, when a record cannot be set aside); a timeout or a crash of the same few records again and again is a defect: deploy the release before, or a mended one, and the waiting events are announced.',
    },
    {
      id: 'FailedEvents',
      metric: props.failures.metricApproximateNumberOfMessagesVisible({
        statistic: Stats.MAXIMUM,
        period: MINUTE,
      }),
      threshold: 0,
      periods: 1,
      description:
        'Beginnings or ends of sessions were not announced and will not be. A message with a key is of one row that makes no sense: its reason says what the row lacks. A message with a shard is of records that could not be announced within 23 hours: the stream has them for an hour more at the most. Mend the cause, announce them again as the runbook says, and delete the messages.',
    },
    {
      id: 'Throttled',
      metric: throttles(props.table),
      threshold: 0,
      periods: 2,
      description:
        'DynamoDB refuses requests of the table or of an index. Users see 503 and keep their sessions. A throttled index throttles the whole table: if it is index due, raise dueShards; if it is the table, an on-demand table doubles by itself within half an hour, and its warm throughput can be raised before a known peak.',
    },
    {
      id: 'ServerErrors',
      metric: props.api.metricServerError({ statistic: Stats.SUM, period: MINUTE }),
      threshold: 5,
      periods: 3,
      description:
        'The API answers with 5xx. The log of the auth and session functions has a line “request failed” for each, with its code: ERR_STORE_UNAVAILABLE, temporarily_unavailable of a sign-in, is the table (see the alarm on throttles) or Secrets Manager, as its cause says, ERR_INTERNAL a defect, and a line of the platform a timeout. In the access log, integrationError names what the function did not get to say.',
    },
    {
      id: 'FailedSignIns',
      metric: failedShare(service),
      threshold: 50,
      periods: 2,
      description:
        'More than half of the sign-ins of five minutes that came back failed, and five or more did. Look which code it is: refusals by code on the dashboard. provider_unavailable: the identity provider or the way to it; temporarily_unavailable: the table or Secrets Manager; reauthentication_required: the provider signs users in without asking them; access_denied: its own policy; sign_in_failed: what it answered can’t be verified, such as after a change of the client or its secret. The log of the auth function has “request failed” with the cause.',
    },
    {
      id: 'UnfinishedSignIns',
      metric: finishedShare(service),
      threshold: 10,
      periods: 2,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      description:
        'Ten or more sign-ins began in a quarter of an hour, fewer than a tenth of them came back and made a session, and so it was in the quarter before. If few failed either (refusals by code), users don’t return from the identity provider: sign in yourself, and look for an error on its page, such as a redirect address that is not registered, or a page that does not answer. Where nobody complains, it is a robot that begins sign-ins: the access log has its address.',
    },
    {
      id: 'GuessedSessions',
      metric: refusedMetric(service, 'ERR_SESSION_UNKNOWN').with({ period: Duration.minutes(5) }),
      threshold: GUESSES,
      periods: 1,
      description:
        'More than a thousand requests in five minutes came with a session cookie that no session has. An id has 128 random bits and a secret 256, so that guessing finds nothing; but somebody tries, or a client repeats a cookie of a session that was forgotten a day after its end. The log of the session function has the sessionId of each, and the access log the address: block it with a rule of the web ACL.',
    },
    {
      id: 'ClockSkew',
      metric: sessionMetric(service, 'ClockSkew', Stats.MAXIMUM).with({ period: sweepPeriod }),
      threshold: CLOCK_SKEW_LIMIT_MS,
      periods: 3,
      description:
        'The clock of a function has been more than a second from the table’s for three periods. Sessions that this function decides on end as much too early (its clock is ahead) or too late (behind); an ended session stays ended. The log of the function has a line “clock skew”: skewMs is above 0 where it is ahead, and the log stream is the execution environment that has the clock. AWS sets the clocks of Lambda, so replace the environment: deploy the function again, or change one of its environment variables. If other environments have it too, or it comes back, ask AWS support.',
    },
  ];
}
