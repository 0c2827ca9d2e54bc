import { Duration } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { type FunctionEnvironment, SWEEP_SCHEDULE_MS } from '../../core/contract.ts';
import { checkedMemory } from './function-props.ts';
import { grantIndex, grantRows } from './grants.ts';
import { ServiceFunction, type SharedFunctionProps } from './service-function.ts';

/** An invocation that sweeps more often than its schedule ticks takes most of the minute between two ticks. */
const TIMEOUT = Duration.seconds(75);

export interface ExpirySweepProps {
  readonly table: ITableV2;
  readonly shared: SharedFunctionProps;
  /**
   * How often to look for expired sessions: 10 s to 59 s, or whole minutes up to 15.
   *
   * @default Duration.minutes(1)
   */
  readonly interval?: Duration | undefined;
  /** Invocations that may run at once, reserved from the account's concurrency: 1 or more. @default none reserved */
  readonly reservedConcurrency?: number | undefined;
  /** Sessions that one invocation writes at once, 1 to 1,000. @default 32, the function's own */
  readonly parallelWrites?: number | undefined;
  /** MB, 128 to 10,240. @default 1769: one processor */
  readonly memory?: number | undefined;
}

/** Ends sessions on time: a function on a schedule that asks the index `due` which sessions may have expired. */
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
      environment: {
        ...props.shared.environment,
        SWEEP_EVERY_MS: String(everyMs),
        ...parallelWrites(props.parallelWrites),
      },
      timeout: TIMEOUT,
      memory: checkedMemory('sweepMemory', props.memory) ?? 1_769,
      // The next tick is the retry: a delayed invocation would only sweep beside it.
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
      reservedConcurrentExecutions: checkedReservation(props.reservedConcurrency),
    });
    const { lambda } = this.function;
    grantIndex(lambda, props.table, 'due');
    grantRows(lambda, props.table, ['GetItem', 'UpdateItem'], ['dueShards']);
    grantRows(lambda, props.table, ['BatchGetItem', 'UpdateItem'], ['session']);
    this.rule = new Rule(this, 'Schedule', {
      description: 'Curfew: sweep for sessions that are over',
      schedule: Schedule.rate(Duration.millis(Math.max(SWEEP_SCHEDULE_MS, everyMs))),
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
  const within = ms >= 10_000 && ms <= 15 * SWEEP_SCHEDULE_MS;
  if (within && (ms < SWEEP_SCHEDULE_MS || ms % SWEEP_SCHEDULE_MS === 0)) return interval;
  throw new Error(`sweepInterval must be 10 to 59 seconds, or 1 to 15 whole minutes, not ${ms} ms`);
}

/** A reservation of 0 would stop the sweep, and no end would be announced. */
function checkedReservation(reserved: number | undefined): number | undefined {
  if (reserved === undefined || (Number.isInteger(reserved) && reserved >= 1)) return reserved;
  throw new Error(`sweepReservedConcurrency must be a whole number of 1 or more, not ${reserved}`);
}

function parallelWrites(writes: number | undefined): FunctionEnvironment {
  if (writes === undefined) return {};
  if (Number.isInteger(writes) && writes >= 1 && writes <= 1_000)
    return { SWEEP_CONCURRENCY: String(writes) };
  throw new Error(`sweepParallelWrites must be a whole number from 1 to 1000, not ${writes}`);
}
