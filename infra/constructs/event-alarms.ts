import { ComparisonOperator, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmDefinition } from './alarm-definition.ts';
import { HALF_AN_HOUR, MINUTE, sessionMetric, whileUsersSignIn } from './metrics.ts';
import type { ObservabilityProps } from './observability-props.ts';

/** Beginnings and ends are not announced, for whatever reason. */
export function eventAlarms({
  service,
  functions,
  failures,
}: ObservabilityProps): readonly AlarmDefinition[] {
  return [
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
      id: 'StreamSilent',
      // Two halves of an hour: of one, a sign-in that has just finished could be all.
      metric: whileUsersSignIn(sessionMetric(service, 'SessionsStarted'), service, HALF_AN_HOUR),
      threshold: 1,
      periods: 2,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      description:
        'Users have signed in in each of the last two half hours, and no session was announced: publish is not called, or fails without a word, and IteratorAge has no values to judge. aws lambda list-event-source-mappings for the publish function says why: State Disabled (enable it), or LastProcessingResult with a permission on the stream, or on the key of the table, that its role lacks. The stream keeps what happened for 24 hours, and all of it is announced once the mapping works: mend it before.',
    },
    {
      id: 'FailedEvents',
      metric: failures.metricApproximateNumberOfMessagesVisible({
        statistic: Stats.MAXIMUM,
        period: MINUTE,
      }),
      threshold: 0,
      periods: 1,
      description:
        'Beginnings or ends of sessions were not announced and will not be. A message with a key is of one row that makes no sense: its reason says what the row lacks. A message with a shard is of records that could not be announced within 23 hours: the stream has them for an hour more at the most. Mend the cause, announce them again as the runbook says, and delete the messages.',
    },
  ];
}
