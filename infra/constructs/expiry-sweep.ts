import { Duration } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { ServiceFunction, type SharedFunctionProps } from './service-function.ts';
import { DUE_INDEX, indexArn } from './session-table.ts';

/** An invocation that sweeps more often than its schedule ticks takes most of the minute between two ticks. */
const TIMEOUT = Duration.seconds(75);
const SCHEDULE_MS = 60_000;

export interface ExpirySweepProps {
  readonly table: ITableV2;
  readonly shared: SharedFunctionProps;
  /**
   * How often to look for sessions that are over: 10 s to 59 s, or whole minutes up to 15.
   *
   * @default Duration.minutes(1)
   */
  readonly interval?: Duration | undefined;
  /** Reserved concurrency, 1 or more. @default none */
  readonly concurrency?: number | undefined;
}

/** Ends sessions on time: a function on a schedule that asks the index `due` which sessions may be over. */
export class ExpirySweep extends Construct {
  readonly function: ServiceFunction;
  readonly rule: Rule;
  readonly interval: Duration;

  constructor(scope: Construct, id: string, props: ExpirySweepProps) {
    super(scope, id);
    this.interval = checkedInterval(props.interval ?? Duration.minutes(1));
    const everyMs = this.interval.toMilliseconds();
    this.function = new ServiceFunction(this, 'Sweep', {
      ...props.shared,
      name: 'sweep',
      description: 'Curfew sweep: ends the sessions whose deadline has passed.',
      environment: { ...props.shared.environment, SWEEP_EVERY_MS: String(everyMs) },
      timeout: TIMEOUT,
      // The next tick is the retry: a late one would only sweep beside it.
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
      reservedConcurrentExecutions: checkedConcurrency(props.concurrency),
    });
    this.function.allow(['dynamodb:Query'], [indexArn(props.table, DUE_INDEX)]);
    this.function.allow(
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:UpdateItem'],
      [props.table.tableArn],
    );
    this.rule = new Rule(this, 'Schedule', {
      description: 'Curfew: sweep for sessions that are over',
      schedule: Schedule.rate(Duration.millis(Math.max(SCHEDULE_MS, everyMs))),
      targets: [
        new LambdaFunction(this.function.lambda, {
          event: RuleTargetInput.fromObject({ source: 'schedule' }),
          retryAttempts: 0,
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
  }
}

function checkedInterval(interval: Duration): Duration {
  const ms = interval.toMilliseconds();
  const within = ms >= 10_000 && ms <= 15 * SCHEDULE_MS;
  if (within && (ms < SCHEDULE_MS || ms % SCHEDULE_MS === 0)) return interval;
  throw new Error(`sweepInterval must be 10 to 59 seconds, or 1 to 15 whole minutes, not ${ms} ms`);
}

/** 0 would stop the sweep, and nobody would be told that a session is over. */
function checkedConcurrency(concurrency: number | undefined): number | undefined {
  if (concurrency === undefined || (Number.isInteger(concurrency) && concurrency >= 1)) return concurrency;
  throw new Error(`sweepConcurrency must be a whole number of 1 or more, not ${concurrency}`);
}
