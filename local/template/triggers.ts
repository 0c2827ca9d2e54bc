import * as z from 'zod';
import { createFilter, type Filter } from '../lambda/filter.ts';
import type { LocalFunction } from '../lambda/pool.ts';
import { functionId } from './functions.ts';
import type { Source } from './intrinsics.ts';
import { findResources, resolvedText } from './resources.ts';

/** A function that is invoked regularly. */
export interface LocalSchedule {
  readonly everyMs: number;
  /** Logical id. */
  readonly functionId: string;
  /** The event that it is invoked with. */
  readonly input: unknown;
}

/** A function that is invoked with the changes of a table. */
export interface LocalMapping {
  /** Logical id. */
  readonly functionId: string;
  /** Name of the table whose stream is read. */
  readonly tableName: string;
  readonly batchSize: number;
  readonly filters: readonly Filter[];
  readonly retryAttempts: number;
}

/** AWS tries for hours; on this machine, this often says what there is to say. */
const MAX_RETRIES = 10;
/** `MaximumRetryAttempts` of a mapping that tries for as long as its records are young enough. */
const UNLIMITED = -1;

export function readSchedules(
  source: Source,
  functions: ReadonlyMap<string, LocalFunction>,
): LocalSchedule[] {
  const rule = z.strictObject({
    Description: z.optional(z.string()),
    ScheduleExpression: z.string(),
    State: z.literal('ENABLED'),
    Targets: z.array(
      z.strictObject({
        Arn: resolvedText(source),
        Id: z.string(),
        Input: z.string(),
        RetryPolicy: z.optional(z.unknown()),
      }),
    ),
  });
  return findResources(source, 'AWS::Events::Rule', rule).flatMap(({ id, properties }) =>
    properties.Targets.map(({ Arn, Input }) => ({
      everyMs: rateMs(properties.ScheduleExpression),
      functionId: functionId(Arn, id, functions),
      input: JSON.parse(Input),
    })),
  );
}

/** ms of `rate(1 minute)`. @throws Error for an expression that is not a rate in minutes */
function rateMs(expression: string): number {
  const minutes = /^rate\((\d+) minutes?\)$/.exec(expression)?.[1];
  if (minutes === undefined) throw new Error(`template: the schedule ${expression} is not supported`);
  return Number(minutes) * 60_000;
}

export function readMappings(source: Source, functions: ReadonlyMap<string, LocalFunction>): LocalMapping[] {
  const mapping = z.strictObject({
    BatchSize: z.number(),
    BisectBatchOnFunctionError: z.literal(true),
    // Where AWS notes the records that are given up, how long it collects them, and how long it keeps on trying.
    DestinationConfig: z.optional(z.unknown()),
    MaximumBatchingWindowInSeconds: z.optional(z.unknown()),
    MaximumRecordAgeInSeconds: z.optional(z.unknown()),
    EventSourceArn: resolvedText(source),
    FilterCriteria: z._default(
      z.strictObject({ Filters: z.array(z.strictObject({ Pattern: z.string() })) }),
      {
        Filters: [],
      },
    ),
    FunctionName: resolvedText(source),
    FunctionResponseTypes: z.tuple([z.literal('ReportBatchItemFailures')]),
    MaximumRetryAttempts: z._default(z.number(), UNLIMITED),
    // How many invocations may run at once: one at a time keeps the order of each key as well.
    ParallelizationFactor: z.optional(z.unknown()),
    StartingPosition: z.literal('TRIM_HORIZON'),
  });
  return findResources(source, 'AWS::Lambda::EventSourceMapping', mapping).map(({ id, properties }) => ({
    functionId: functionId(properties.FunctionName, id, functions),
    tableName: tableOfStream(properties.EventSourceArn, id),
    batchSize: properties.BatchSize,
    filters: properties.FilterCriteria.Filters.map(({ Pattern }) => createFilter(JSON.parse(Pattern))),
    retryAttempts: localRetries(properties.MaximumRetryAttempts),
  }));
}

function localRetries(attempts: number): number {
  return attempts === UNLIMITED ? MAX_RETRIES : Math.min(MAX_RETRIES, attempts);
}

function tableOfStream(arn: string, mapping: string): string {
  const name = /:table\/([^/]+)\/stream\//.exec(arn)?.[1];
  if (name === undefined) throw new Error(`template: ${mapping} reads ${arn}, which is not a table's stream`);
  return name;
}
