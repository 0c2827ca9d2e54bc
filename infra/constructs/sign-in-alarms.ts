import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { SignInErrorCode } from '../../core/sign-in.ts';
import type { AlarmDefinition } from './alarm-definition.ts';
import { refusedMetric, sessionMetric, sumOf } from './metrics.ts';
import type { ObservabilityProps } from './observability-props.ts';

/**
 * How a sign-in fails that came back to the browser in which it began, though its user did what they could. The other codes are
 * answers to whoever loads the address of the callback: they say nothing about sign-ins.
 */
const FAULTS: readonly SignInErrorCode[] = [
  'sign_in_failed',
  'provider_unavailable',
  'temporarily_unavailable',
  'reauthentication_required',
];
/** The same, and the code of a user who changes their mind, too: where few sign in, one such user could be most of them. */
const FAILURES: readonly SignInErrorCode[] = [...FAULTS, 'access_denied'];

/** What is judged of sign-ins: how many there have to be, in which time. */
interface Sample {
  readonly period: Duration;
  readonly atLeast: number;
}

/** Sign-ins that failed, of those that came back, percent; 0 where fewer failed than the sample asks for. */
function failedShare(
  service: string,
  codes: readonly SignInErrorCode[],
  { period, atLeast }: Sample,
): IMetric {
  const failures = codes.map((code, i) => [`f${i}`, refusedMetric(service, code).with({ period })] as const);
  const failed = sumOf(failures.map(([name]) => name));
  return new MathExpression({
    expression: `IF(${failed} >= ${atLeast}, 100 * ${failed} / (${failed} + FILL(finished, 0)), 0)`,
    usingMetrics: {
      ...Object.fromEntries(failures),
      finished: sessionMetric(service, 'SignInsFinished').with({ period }),
    },
    label: 'failed sign-ins (%)',
    period,
  });
}

/** Sign-ins that finished, of those that began, percent; 100 where fewer began than the sample asks for. */
function finishedShare(service: string, { period, atLeast }: Sample): IMetric {
  return new MathExpression({
    expression: `IF(begun >= ${atLeast}, 100 * FILL(finished, 0) / begun, 100)`,
    usingMetrics: {
      begun: sessionMetric(service, 'SignInsBegun').with({ period }),
      finished: sessionMetric(service, 'SignInsFinished').with({ period }),
    },
    label: 'finished sign-ins (%)',
    period,
  });
}

/** Nobody, or hardly anybody, can sign in: each of the two ways soon where many sign in, and within hours where few do. */
export function signInAlarms({ service }: ObservabilityProps): readonly AlarmDefinition[] {
  return [
    {
      id: 'FailedSignIns',
      metric: failedShare(service, FAILURES, { period: Duration.minutes(5), atLeast: 5 }),
      threshold: 50,
      periods: 2,
      description:
        'More than half of the sign-ins of five minutes that came back failed, and five or more did. Look which code it is: refusals by code on the dashboard. provider_unavailable: the identity provider or the way to it; temporarily_unavailable: the table or Secrets Manager; reauthentication_required: the provider signs users in without asking them; access_denied: its own policy; sign_in_failed: what it answered can’t be verified, such as after a change of the client or its secret. The log of the auth function has “request failed” with the cause.',
    },
    {
      id: 'FailedSignInsOverHour',
      // Three: one user who tries again, or the three of a site that has no more in an hour.
      metric: failedShare(service, FAULTS, { period: Duration.hours(1), atLeast: 3 }),
      threshold: 50,
      periods: 1,
      description:
        'More than half of the sign-ins of the last hour that came back failed, and three or more did. It is FailedSignIns for a site with few sign-ins, and reads the same codes but access_denied, which one user who changes their mind would raise it by. Look which code it is: refusals by code on the dashboard, and “request failed” with the cause in the log of the auth function. It stays raised until an hour has more that succeed.',
    },
    {
      id: 'UnfinishedSignIns',
      metric: finishedShare(service, { period: Duration.minutes(15), atLeast: 10 }),
      threshold: 10,
      periods: 2,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      description:
        'Ten or more sign-ins began in a quarter of an hour, fewer than a tenth of them came back and made a session, and so it was in the quarter before. If few failed either (refusals by code), users don’t return from the identity provider: sign in yourself, and look for an error on its page, such as a redirect address that is not registered, or a page that does not answer. Where nobody complains, it is a robot that begins sign-ins: the access log has its address.',
    },
    {
      id: 'UnfinishedSignInsOverHours',
      // A site with three sign-ins an hour begins nine. One user who gives up begins one or two, and others finish meanwhile.
      metric: finishedShare(service, { period: Duration.hours(3), atLeast: 6 }),
      threshold: 10,
      periods: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      description:
        'Six or more sign-ins began in the last three hours, and fewer than a tenth of them made a session. It is UnfinishedSignIns for a site with few sign-ins. Sign in yourself: an error on the provider’s page is the provider’s or its configuration’s, such as a redirect address that is not registered; if access_denied is among the refusals by code, the provider’s policy declines. If you can sign in, it is a robot that begins sign-ins in the hours when nobody else does: the access log has its address.',
    },
  ];
}
