import { expect, test } from '@jest/globals';
import { readMappings, readSchedules } from '../../../local/template/triggers.ts';

const FUNCTION = { name: 'f', bundle: '', environment: {}, timeoutMs: 1, memorySize: 1 };
const functions = new Map([['Sweep', FUNCTION]]);
const ARN = { 'Fn::GetAtt': ['Sweep', 'Arn'] };

function source(Type: string, Properties: Record<string, unknown>) {
  const Resources = {
    Sweep: { Type: 'AWS::Lambda::Function' },
    Other: { Type: 'AWS::Lambda::Function' },
    Queue: { Type: 'AWS::SQS::Queue' },
    Table: { Type: 'AWS::DynamoDB::GlobalTable' },
    It: { Type, Properties },
  };
  return { template: { Resources }, parameters: {} };
}

const schedules = (properties: Record<string, unknown>) =>
  readSchedules(
    source('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [{ Arn: ARN, Id: 'T', Input: '{"source":"schedule"}' }],
      ...properties,
    }),
    functions,
  );
const mappings = (properties: Record<string, unknown>) =>
  readMappings(
    source('AWS::Lambda::EventSourceMapping', {
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      FunctionName: { Ref: 'Sweep' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 100,
      StartingPosition: 'TRIM_HORIZON',
      ...properties,
    }),
    functions,
  );

test.each([
  ['rate(1 minute)', 60_000],
  ['rate(5 minutes)', 300_000],
])('%s', (ScheduleExpression, everyMs) => {
  expect(schedules({ ScheduleExpression })).toEqual([
    { everyMs, functionId: 'Sweep', input: { source: 'schedule' } },
  ]);
});

test.each<[Record<string, unknown>, string]>([
  [{ ScheduleExpression: 'cron(0 12 * * ? *)' }, 'the schedule cron(0 12 * * ? *) is not supported'],
  [{ ScheduleExpression: 'rate(2 hours)' }, 'the schedule rate(2 hours) is not supported'],
  [{ State: 'DISABLED' }, 'It (AWS::Events::Rule): State'],
  [{ EventPattern: { source: ['curfew'] } }, 'Unrecognized key: "EventPattern"'],
  [{ Targets: [{ Arn: { Ref: 'Other' }, Id: 'T', Input: '{}' }] }, 'It refers to the function Other'],
  [{ Targets: [{ Arn: ARN, Id: 'T', InputPath: '$' }] }, 'Targets.0'],
])('a rule with %j is an error, not a schedule that never fires', (properties, message) => {
  expect(() => schedules(properties)).toThrow(message);
});

test('a mapping: what it reads, and how it delivers', () => {
  const [mapping] = mappings({});
  expect(mapping).toMatchObject({
    functionId: 'Sweep',
    tableName: 'Table',
    batchSize: 100,
    retryAttempts: 10,
  });
  const passing = (eventName: string) => mapping?.filters.map((passes) => passes({ eventName }));
  expect([passing('INSERT'), passing('REMOVE')]).toEqual([[true], [false]]);
  expect(mappings({ MaximumRetryAttempts: 2 })).toEqual([expect.objectContaining({ retryAttempts: 2 })]);
});

test.each([[-1], [undefined]])(
  'unlimited attempts (%p) end after ten on this machine',
  (MaximumRetryAttempts) => {
    expect(mappings({ MaximumRetryAttempts, ParallelizationFactor: 10 })).toEqual([
      expect.objectContaining({ retryAttempts: 10 }),
    ]);
  },
);

test.each<[Record<string, unknown>, string]>([
  [{ TumblingWindowInSeconds: 2 }, 'Unrecognized key: "TumblingWindowInSeconds"'],
  [{ BisectBatchOnFunctionError: false }, 'BisectBatchOnFunctionError'],
  [{ FunctionResponseTypes: [] }, 'FunctionResponseTypes'],
  [{ StartingPosition: 'LATEST' }, 'StartingPosition'],
  [{ EventSourceArn: 'arn:aws:sqs:us-east-1:1:queue' }, 'which is not a table'],
  [{ FilterCriteria: { Filters: [{ Pattern: '{"a":[{"exists":true}]}' }] } }, 'exists'],
])('a mapping with %j is an error that names it', (properties, message) => {
  expect(() => mappings(properties)).toThrow(message);
});
