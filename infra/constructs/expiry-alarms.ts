import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { CLOCK_SKEW_LIMIT_MS } from '../../core/contract.ts';
import type { AlarmDefinition } from './alarm-definition.ts';
import { HALF_AN_HOUR, sessionMetric, sumOf, whileUsersSignIn } from './metrics.ts';
import type { ObservabilityProps } from './observability-props.ts';

/**
 * Sweeps that crashed or timed out, that could not read what is due, and that EventBridge may not start. Throttles are not
 * among them: with a reservation of one, a tick waits for the one before.
 */
function failedSweeps({ service, functions, schedule }: ObservabilityProps, period: Duration): IMetric {
  return new MathExpression({
    expression: sumOf(['crashed', 'failed', 'undelivered']),
    usingMetrics: {
      crashed: functions.sweep.metricErrors({ statistic: Stats.SUM, period }),
      failed: sessionMetric(service, 'FailedSweeps').with({ period }),
      undelivered: new Metric({
        namespace: 'AWS/Events',
        metricName: 'FailedInvocations',
        dimensionsMap: { RuleName: schedule.ruleName },
        statistic: Stats.SUM,
        period,
      }),
    },
    label: 'failed sweeps',
    period,
  });
}

/** Sessions do not end on time, for whatever reason. */
export function expiryAlarms(props: ObservabilityProps): readonly AlarmDefinition[] {
  const { service, sweepInterval } = props;
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
        'INSUFFICIENT DATA is what this alarm warns of: the sweep has reported before, and has not for five periods. Sessions still end on time for their users, but nobody is told. Check that its EventBridge rule is enabled, and read the log of the sweep function: a timeout, a throttle of the account’s concurrency, or a table out of reach. When it runs again it catches up, oldest first. A sweep that has never reported does not raise it, but SweepFails or SweepMissing.',
    },
    {
      id: 'SweepFails',
      metric: failedSweeps(props, sweepPeriod),
      threshold: 0,
      periods: 5,
      // One is made up for by the next, and the first may come before the role's permissions are everywhere.
      datapoints: 3,
      description:
        'The sweep crashed, timed out, could not read what is due, or could not be started, in three of the last five periods. Sessions still end on time for their users, but nobody is told. Read the log of the sweep function: “sweep failed” names what rejects (the table, the index due, a permission that is missing); a line of the platform is an error of the start, a timeout or out of memory. No line at all: EventBridge may not invoke it (FailedInvocations of its rule). When it runs again it catches up, oldest first.',
    },
    {
      id: 'SweepMissing',
      metric: whileUsersSignIn(
        sessionMetric(service, 'SweepBacklog', Stats.SAMPLE_COUNT),
        service,
        HALF_AN_HOUR,
      ),
      threshold: 1,
      // At the first deployment, the first of them may have a sign-in and no sweep yet.
      periods: 2,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      description:
        'Users have signed in in each of the last two half hours, and no sweep has reported, perhaps never since the first deployment. Sessions end on time for their users, but nobody is told. Where SweepFails is raised too, its description says what to look for. Where it is not, the sweep is not started: check that its EventBridge rule exists and is enabled, whether the function has a reserved concurrency of 0, and its throttles. When it runs again it catches up, oldest first.',
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
