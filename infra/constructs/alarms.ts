import type { AlarmDefinition } from './alarm-definition.ts';
import { eventAlarms } from './event-alarms.ts';
import { expiryAlarms } from './expiry-alarms.ts';
import type { ObservabilityProps } from './observability-props.ts';
import { requestAlarms } from './request-alarms.ts';
import { signInAlarms } from './sign-in-alarms.ts';

/**
 * What can be wrong with a service, each with its chapter in the runbook. CloudWatch judges them once a minute, by periods that end at
 * that minute: one of an hour is raised as soon as its last sixty minutes say so, and not at the full hour.
 */
export function alarmDefinitions(props: ObservabilityProps): readonly AlarmDefinition[] {
  return [...signInAlarms(props), ...requestAlarms(props), ...expiryAlarms(props), ...eventAlarms(props)];
}
