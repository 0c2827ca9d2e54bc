import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { AlarmDefinition } from './alarm-definition.ts';
import { MINUTE, refusedMetric, sessionMetric, sumOf, throttles } from './metrics.ts';
import type { ObservabilityProps } from './observability-props.ts';

/** Of session cookies that no session has, in five minutes. A restored browser sends one now and then. */
const GUESSES = 1_000;

/**
 * Invocations that crashed, timed out or were throttled, of those that were asked for in an hour, percent; 0 where fewer than three were:
 * one process that is lost with its host is no fault. Each is a request for which the function said nothing, in no line and no metric of its own.
 */
function lostShare(lambda: IFunction): IMetric {
  const period = Duration.hours(1);
  const lost = sumOf(['errors', 'throttled']);
  return new MathExpression({
    expression: `IF(${lost} >= 3, 100 * ${lost} / ${sumOf(['invocations', 'throttled'])}, 0)`,
    usingMetrics: {
      errors: lambda.metricErrors({ statistic: Stats.SUM, period }),
      throttled: lambda.metricThrottles({ statistic: Stats.SUM, period }),
      invocations: lambda.metricInvocations({ statistic: Stats.SUM, period }),
    },
    label: 'lost invocations (%)',
    period,
  });
}

/** Of invocations in an hour, percent: an outage of three minutes, or one request in twenty. */
const LOST_SHARE = 5;

/** Requests are not answered, or come from where none should. */
export function requestAlarms(props: ObservabilityProps): readonly AlarmDefinition[] {
  const { service, functions } = props;
  return [
    {
      id: 'SignInCrashes',
      metric: lostShare(functions.auth),
      threshold: LOST_SHARE,
      periods: 1,
      description:
        'Three or more invocations of the auth function, and more than one in twenty of the last hour, crashed, timed out or were throttled: these users could not sign in, and the function has no line of its own about them. Its log has the platform’s: an error of the start, such as a variable that is missing, “Task timed out”, or out of memory. No such line, and throttles on the dashboard: the concurrency of the account or of the function is used up. After a deployment, deploy the release before.',
    },
    {
      id: 'SessionCrashes',
      metric: lostShare(functions.session),
      threshold: LOST_SHARE,
      periods: 1,
      description:
        'Three or more invocations of the session function, and more than one in twenty of the last hour, crashed, timed out or were throttled: pages could not tell whether their session lives, and say that the server is out of reach. Its log has lines of the platform: an error of the start, such as a variable that is missing, “Task timed out”, or out of memory. No such line, and throttles on the dashboard: the concurrency of the account or of the function is used up. After a deployment, deploy the release before.',
    },
    {
      id: 'WrongOriginSecrets',
      // A visitor of a site whose every request is rejected sends as many. Whoever finds the API's own address sends no secret.
      metric: sessionMetric(service, 'WrongOriginSecrets').with({ period: Duration.hours(1) }),
      threshold: 2,
      periods: 1,
      description:
        'Three or more requests of the last hour came with an origin secret that is not accepted, and got 403. If most requests of the site do (4xx on the dashboard), the distribution and the functions do not have the same secret, after a rotation or a deployment of one of them alone, and nobody can sign in: compare the custom header x-curfew-origin of the distribution’s origin with ORIGIN_SECRET of the session function, and deploy the first step of the rotation again. If the site works, somebody guesses at the API’s own address: the access log has theirs.',
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
        'The API answers with 5xx. The log of the auth and session functions has a line “request failed” for each, with its code: ERR_STORE_UNAVAILABLE, temporarily_unavailable of a sign-in, is the table (see the alarm on throttles) or Secrets Manager, as its cause says, provider_unavailable the identity provider, ERR_INTERNAL a defect, and a line of the platform a timeout. In the access log, integrationError names what the function did not get to say.',
    },
    {
      id: 'GuessedSessions',
      metric: refusedMetric(service, 'ERR_SESSION_UNKNOWN').with({ period: Duration.minutes(5) }),
      threshold: GUESSES,
      periods: 1,
      description:
        'More than a thousand requests in five minutes came with a session cookie that no session has. An id has 128 random bits and a secret 256, so that guessing finds nothing; but somebody tries, or a client repeats a cookie of a session that was forgotten a day after its end. The log of the session function has the sessionId of each, and the access log the address: block it with a rule of the web ACL.',
    },
  ];
}
