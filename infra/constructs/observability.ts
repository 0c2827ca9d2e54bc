import { Duration } from 'aws-cdk-lib';
import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import {
  Alarm,
  AlarmRule,
  AlarmState,
  AlarmStatusWidget,
  ComparisonOperator,
  CompositeAlarm,
  Dashboard,
  type IAlarmAction,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { AlarmDefinition } from './alarm-definition.ts';
import type { AlarmName, AlarmThresholds } from './alarm-thresholds.ts';
import { alarmDefinitions } from './alarms.ts';
import {
  capacityWidgets,
  distributionWidgets,
  expiryWidgets,
  requestWidgets,
  sessionWidgets,
  signInWidgets,
} from './dashboard.ts';
import { nameInRegion } from './names.ts';
import type { ObservabilityProps } from './observability-props.ts';

export type { AlarmThresholds } from './alarm-thresholds.ts';
export { endedMetric, type SessionMetric, sessionMetric } from './metrics.ts';
export type { ObservabilityProps } from './observability-props.ts';

/** Alarms whose descriptions say what to do, one alarm over all of them, and one dashboard of the whole service. */
export class Observability extends Construct {
  /** Each has its chapter in the runbook. */
  readonly alarms: readonly Alarm[];
  /** Whether any of them is raised. It has no action of its own: each of them has. */
  readonly unhealthy: CompositeAlarm;
  /** The alarms; sessions, sign-ins, endings, the sweep, events, requests, functions and capacity of this service. */
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    const definitions = withThresholds(alarmDefinitions(props), props.thresholds ?? {});
    this.alarms = definitions.map((definition) => this.alarm(definition, props.actions ?? []));
    this.unhealthy = this.overall(definitions);
    this.dashboard = new Dashboard(this, 'Dashboard', { defaultInterval: Duration.hours(3) });
    this.dashboard.addWidgets(
      new AlarmStatusWidget({
        title: `Alarms of ${props.service}`,
        alarms: [this.unhealthy, ...this.alarms],
        width: 24,
        height: 5,
      }),
    );
    this.dashboard.addWidgets(...sessionWidgets(props));
    this.dashboard.addWidgets(...signInWidgets(props));
    this.dashboard.addWidgets(...expiryWidgets(props));
    this.dashboard.addWidgets(...requestWidgets(props));
    this.dashboard.addWidgets(...capacityWidgets(props));
  }

  /** Adds the distribution in front of the service to the dashboard. */
  showDistribution(distribution: IDistribution): void {
    this.dashboard.addWidgets(...distributionWidgets(distribution));
  }

  private alarm(definition: AlarmDefinition, actions: readonly IAlarmAction[]): Alarm {
    const { id, metric, threshold, periods, datapoints, description, isRaisedBySilence } = definition;
    const alarm = new Alarm(this, id, {
      alarmDescription: description,
      metric,
      threshold,
      evaluationPeriods: periods,
      ...(datapoints !== undefined && { datapointsToAlarm: datapoints }),
      comparisonOperator: definition.comparison ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: definition.missing ?? TreatMissingData.NOT_BREACHING,
    });
    if (isRaisedBySilence) alarm.addInsufficientDataAction(...actions);
    else alarm.addAlarmAction(...actions);
    return alarm;
  }

  private overall(definitions: readonly AlarmDefinition[]): CompositeAlarm {
    const rules = this.alarms.map((alarm, i) =>
      definitions[i]?.isRaisedBySilence
        ? AlarmRule.allOf(
            AlarmRule.fromAlarm(alarm, AlarmState.INSUFFICIENT_DATA),
            // Once the sweep has reported, this one keeps a state.
            AlarmRule.not(AlarmRule.fromAlarm(this.named('LateEndings'), AlarmState.INSUFFICIENT_DATA)),
          )
        : AlarmRule.fromAlarm(alarm, AlarmState.ALARM),
    );
    return new CompositeAlarm(this, 'Unhealthy', {
      compositeAlarmName: `${nameInRegion(this)}-unhealthy`,
      alarmDescription:
        'One of the alarms of this session service is raised: look which one it is on the dashboard. Each has its chapter in the runbook, and an action of its own.',
      alarmRule: AlarmRule.anyOf(...rules),
    });
  }

  private named(id: AlarmName): Alarm {
    const found = this.alarms.find(({ node }) => node.id === id);
    if (found) return found;
    throw new Error(`there is no alarm ${id}`);
  }
}

/** The definitions with other thresholds. Their descriptions speak of the usual ones, and say so. */
function withThresholds(
  definitions: readonly AlarmDefinition[],
  thresholds: AlarmThresholds,
): readonly AlarmDefinition[] {
  const others: Readonly<Partial<Record<AlarmName, number | undefined>>> = thresholds;
  return definitions.map((definition) => {
    const threshold = others[definition.id];
    if (threshold === undefined) return definition;
    if (!Number.isFinite(threshold) || threshold < 0) {
      throw new Error(`alarmThresholds: ${definition.id} must be a number of 0 or more, not ${threshold}`);
    }
    const usual = `Threshold ${threshold}, set by alarmThresholds; what follows is about ${definition.threshold}.`;
    return { ...definition, threshold, description: `${usual} ${definition.description}` };
  });
}
