import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { User } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { GUARDED_ATTRIBUTES } from '../../core/contract.ts';
import { CATCH_ALL, ROUTES } from '../../core/routes.ts';
import { DEADLINE_MS } from '../../functions/admin/handler.ts';
import { REQUEST_DEADLINE_MS, SIGN_IN_DEADLINE_MS } from '../../functions/http/deadline.ts';
import { ANNOUNCE_MS, SET_ASIDE_MS } from '../../functions/publish/handler.ts';
import { Identity } from '../../infra/constructs/identity.ts';
import { Policy } from '../../infra/constructs/session-policy.ts';
import { SessionService, type SessionServiceProps } from '../../infra/constructs/session-service.ts';
import { StaticSite } from '../../infra/constructs/static-site.ts';
import { createFilter, type Filter } from '../../local/lambda/filter.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';
import { newStack, properties, statements, synthesize } from '../support/stacks.ts';
import { tableDefinition } from '../support/table-definition.ts';

let build: FixtureBuild;
let template: Template;
let service: SessionService;
beforeAll(async () => {
  build = await fixtureBuild();
  ({ template, service } = synthesize({}, build));
});
afterAll(() => build.remove());

const make = (props: SessionServiceProps) => synthesize(props, build);

describe('the table', () => {
  test('is the one that the store is tested on', () => {
    const [table] = Object.values(properties(template, 'AWS::DynamoDB::GlobalTable'));
    const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode } = tableDefinition('any');
    expect(table).toMatchObject({ AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode });
    expect(table.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
    expect(table.TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
  });

  test('is kept: retained, protected, with point-in-time recovery', () => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
      },
    });
  });

  test.each([
    [{ removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE }, 'RetainExceptOnCreate', false, true],
    [
      { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, deletionProtection: true },
      'RetainExceptOnCreate',
      true,
      true,
    ],
    [{ deletionProtection: false }, 'Retain', false, true],
    [{ removalPolicy: RemovalPolicy.DESTROY, deletionProtection: true }, 'Delete', true, false],
  ])(
    'with %p it is %s, protected %p, with recovery %p; the user pool is as protected, and is kept as it is, as is the failure queue',
    (props, policy, isProtected, recovery) => {
      const made = make(props).template;
      made.hasResource('AWS::DynamoDB::GlobalTable', {
        DeletionPolicy: policy,
        Properties: {
          Replicas: [
            Match.objectLike({
              DeletionProtectionEnabled: isProtected,
              PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: recovery },
            }),
          ],
        },
      });
      made.hasResource('AWS::Cognito::UserPool', {
        DeletionPolicy: policy,
        Properties: { DeletionProtection: isProtected ? 'ACTIVE' : 'INACTIVE' },
      });
      made.hasResource('AWS::SQS::Queue', { DeletionPolicy: policy });
    },
  );

  test('an undefined prop is one that is left out: the pool goes with the service', () => {
    const identity = Identity.cognito({ removalPolicy: undefined, deletionProtection: undefined });
    const removalPolicy = RemovalPolicy.DESTROY;
    make({ identity, removalPolicy, deletionProtection: false }).template.hasResource(
      'AWS::Cognito::UserPool',
      {
        DeletionPolicy: 'Delete',
        Properties: { DeletionProtection: 'INACTIVE' },
      },
    );
  });

  test('can be removed by removalPolicy', () => {
    make({ removalPolicy: RemovalPolicy.DESTROY }).template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Delete',
      Properties: { Replicas: [Match.objectLike({ DeletionProtectionEnabled: false })] },
    });
  });
});

describe('the API', () => {
  test('has every route of the contract, and answers every other path itself', () => {
    const keys = Object.values(properties(template, 'AWS::ApiGatewayV2::Route')).map(
      ({ RouteKey }) => RouteKey,
    );
    expect(keys.sort()).toEqual([...ROUTES, CATCH_ALL].map(({ method, path }) => `${method} ${path}`).sort());
  });

  test('is throttled: each route, sign-in more narrowly, or as it is told', () => {
    const settings = (made: Template) => {
      const [{ DefaultRouteSettings, RouteSettings }] = Object.values(
        properties(made, 'AWS::ApiGatewayV2::Stage'),
      ) as [Record<string, Record<string, unknown>>];
      return [DefaultRouteSettings, RouteSettings?.['GET /api/auth/callback']];
    };
    const limits = (rateLimit: number, burstLimit: number) => ({
      ThrottlingRateLimit: rateLimit,
      ThrottlingBurstLimit: burstLimit,
    });
    expect(settings(template)).toEqual([limits(2_000, 1_000), limits(50, 100)]);
    const { template: made } = make({
      throttle: { rateLimit: 7, burstLimit: 8 },
      signInThrottle: { rateLimit: 1, burstLimit: 2 },
    });
    expect(settings(made)).toEqual([limits(7, 8), limits(1, 2)]);
  });

  test('logs are kept for three months, or as long as it is told', () => {
    const days = (made: Template) =>
      Object.values(properties(made, 'AWS::Logs::LogGroup')).map(({ RetentionInDays }) => RetentionInDays);
    expect(new Set(days(template))).toEqual(new Set([90]));
    expect(new Set(days(make({ logRetention: RetentionDays.ONE_YEAR }).template))).toEqual(new Set([365]));
  });

  test('payload 2.0, throttled sign-in, access log without query', () => {
    template.allResourcesProperties('AWS::ApiGatewayV2::Integration', { PayloadFormatVersion: '2.0' });
    const [stage] = Object.values(properties(template, 'AWS::ApiGatewayV2::Stage'));
    expect(Object.keys(stage.RouteSettings)).toEqual(['GET /api/auth/sign-in', 'GET /api/auth/callback']);
    const names = Object.values(properties(template, 'AWS::Logs::LogGroup')).map(({ LogGroupName }) =>
      JSON.stringify(LogGroupName),
    );
    // Of this stack, by its id: another one, or the same one made again, has another.
    expect(names.filter(Boolean)).toEqual([
      expect.stringMatching(/"\/aws\/vendedlogs\/Test-Sessions-[\w-]+-".*AWS::StackId/),
    ]);
    expect(stage.AccessLogSettings.Format).not.toMatch(/querystring|path|cookie/i);
  });
});

describe('the functions', () => {
  test('run on Node 24 on arm64, log JSON, are traced, and have a log group and a role of their own', () => {
    template.resourceCountIs('AWS::Lambda::Function', 4);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: Match.objectLike({ LogFormat: 'JSON' }),
    });
    const roles = Object.values(properties(template, 'AWS::Lambda::Function')).map(({ Role }) =>
      JSON.stringify(Role),
    );
    expect(new Set(roles).size).toBe(4);
  });

  test('have 512 MB, and the sweep a whole processor', () => {
    const memory = Object.values(properties(template, 'AWS::Lambda::Function')).map(
      ({ Description, MemorySize }) => [/Curfew ([\w-]+)/.exec(Description)![1], MemorySize],
    );
    expect(Object.fromEntries(memory)).toEqual({ auth: 512, session: 512, sweep: 1_769, publish: 512 });
    make({ sweepMemory: 3_008 }).template.hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 3_008,
    });
  });

  test('spread sessions over 16 shards unless told otherwise', () => {
    for (const { Environment } of Object.values(properties(template, 'AWS::Lambda::Function'))) {
      expect(Environment.Variables.DUE_SHARDS).toBe('16');
    }
  });

  test('give up before their time limit: 15 s to sign in, 5 s for the others that users wait for, 30 s to announce', () => {
    const limits = Object.values(properties(template, 'AWS::Lambda::Function')).map(
      ({ Description, Timeout }) => [/Curfew ([\w-]+)/.exec(Description)![1], Timeout],
    );
    const { auth, session, publish } = Object.fromEntries(limits);
    expect(auth * 1_000).toBeGreaterThan(SIGN_IN_DEADLINE_MS);
    expect(session * 1_000).toBeGreaterThan(REQUEST_DEADLINE_MS);
    expect(publish * 1_000).toBeGreaterThan(ANNOUNCE_MS + SET_ASIDE_MS);
    expect({ auth, session, publish }).toEqual({ auth: 15, session: 5, publish: 30 });
  });

  test('have the actions on the table that they use, and no others; nothing but X-Ray is allowed on *', () => {
    const actions = (name: string) => {
      const all = statements(template, name).flatMap(({ Action }) => Action);
      const used = all.filter(
        (action) => /^(?:dynamodb|events):/.test(action) && !/Stream|GetRecords|ShardIterator/.test(action),
      );
      return [...new Set(used.map((action) => action.split(':')[1]))].sort();
    };
    expect(actions('Auth')).toEqual(['GetItem', 'PutItem', 'UpdateItem']);
    expect(actions('SessionsSession')).toEqual(['BatchGetItem', 'GetItem', 'Query', 'UpdateItem']);
    expect(actions('Sweep')).toEqual(['BatchGetItem', 'GetItem', 'Query', 'UpdateItem']);
    expect(actions('Publish')).toEqual(['GetItem', 'PutEvents', 'UpdateItem']);
    const sending = statements(template, 'Publish').filter(({ Action }) => /sqs:/.test(String(Action)));
    expect(sending.flatMap(({ Action }) => Action)).toEqual(expect.arrayContaining(['sqs:SendMessage']));
    const [queue] = Object.keys(properties(template, 'AWS::SQS::Queue'));
    for (const { Resource } of sending) expect(Resource).toEqual({ 'Fn::GetAtt': [queue, 'Arn'] });
    for (const name of ['Auth', 'SessionsSession', 'Sweep', 'Publish']) {
      for (const { Action, Resource } of statements(template, name)) {
        if (Resource === '*')
          expect([...Action].sort()).toEqual(['xray:PutTelemetryRecords', 'xray:PutTraceSegments']);
        expect(JSON.stringify([Action, Resource])).not.toMatch(/dynamodb:\*|index\/\*/);
      }
    }
    template.resourcePropertiesCountIs('AWS::IAM::Role', { ManagedPolicyArns: Match.anyValue() }, 0);
  });
});

describe('the stream', () => {
  const pattern = () => {
    const [mapping] = Object.values(properties(template, 'AWS::Lambda::EventSourceMapping'));
    const filters: Filter[] = mapping.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) =>
      createFilter(JSON.parse(Pattern)),
    );
    return { mapping, passes: (record: object) => filters.some((passes) => passes(record)) };
  };
  const image = (state: string, pk = 'session#a') => ({
    pk: { S: pk },
    state: { S: state },
    dueAt: { N: '1' },
  });
  const record = (eventName: string, OldImage?: object, NewImage?: object, pk = 'session#a') => ({
    eventName,
    dynamodb: { Keys: { pk: { S: pk } }, ...(OldImage && { OldImage }), ...(NewImage && { NewImage }) },
  });

  test.each([
    ['a beginning', record('INSERT', undefined, image('active')), true],
    ['an end', record('MODIFY', image('active'), image('ended')), true],
    ['what TTL took while it was active', record('REMOVE', image('active')), true],
    ['a touch', record('MODIFY', image('active'), image('active')), false],
    ['a tombstone that TTL took', record('REMOVE', image('ended')), false],
    ['a sign-in under way', record('INSERT', undefined, { codeVerifier: { S: 'x' } }, 'signin#a'), false],
    ['notes', record('INSERT', undefined, { notes: { S: '[]' } }, 'notes#a'), false],
  ])('lets through or not: %s', (_, given, expected) => {
    expect(pattern().passes(given)).toBe(expected);
  });

  test('a batch that fails is halved, partly reported, and given up to a queue in the end', () => {
    expect(pattern().mapping).toMatchObject({
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      StartingPosition: 'TRIM_HORIZON',
      DestinationConfig: { OnFailure: { Destination: expect.anything() } },
    });
    // A record must not outlive the stream, which keeps it for a day.
    expect(pattern().mapping.MaximumRecordAgeInSeconds).toBe(23 * 3_600);
  });

  test('a batch is tried again for as long as its records are young enough, whatever a stack had before', () => {
    // Said, not left out: an update that leaves it out keeps the former number.
    expect(pattern().mapping.MaximumRetryAttempts).toBe(-1);
  });

  test('is read in ten parts a shard, or as many as it is told', () => {
    expect(pattern().mapping.ParallelizationFactor).toBe(10);
    make({ publishParallelization: 1 }).template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      ParallelizationFactor: 1,
    });
  });

  test('the publisher knows the queue to which Lambda sends its notes too', () => {
    const [queue] = Object.keys(properties(template, 'AWS::SQS::Queue'));
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ FAILURE_QUEUE_URL: { Ref: queue } }) },
    });
    expect(pattern().mapping.DestinationConfig.OnFailure.Destination).toEqual({
      'Fn::GetAtt': [queue, 'Arn'],
    });
  });
});

test('the sweep runs every minute, or as often as it is told', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 minute)',
    State: 'ENABLED',
  });
  const every = (interval: Duration) => make({ sweepInterval: interval }).template;
  every(Duration.minutes(5)).hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(5 minutes)',
  });
  const fast = every(Duration.seconds(10));
  fast.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' });
  fast.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ SWEEP_EVERY_MS: '10000' }) },
    Timeout: Match.anyValue(),
  });
  const [sweep] = Object.values(properties(fast, 'AWS::Lambda::Function')).filter(
    ({ Environment }) => Environment.Variables.SWEEP_EVERY_MS,
  );
  expect(sweep.Timeout).toBeGreaterThanOrEqual(60);
});

describe('the sweep is told', () => {
  test.each<[string, SessionServiceProps]>([
    ['sweepReservedConcurrency', { sweepReservedConcurrency: 2 }],
    ['its former name', { sweepConcurrency: 2 }],
    ['both, of which the new name wins', { sweepReservedConcurrency: 2, sweepConcurrency: 5 }],
  ])('how many of its invocations may run at once: %s', (_, props) => {
    make(props).template.hasResourceProperties('AWS::Lambda::Function', {
      ReservedConcurrentExecutions: 2,
      Environment: {
        Variables: Match.objectLike({ SWEEP_EVERY_MS: '60000', SWEEP_CONCURRENCY: Match.absent() }),
      },
    });
  });

  test('how many sessions one of them writes at once', () => {
    make({ sweepParallelWrites: 64 }).template.hasResourceProperties('AWS::Lambda::Function', {
      ReservedConcurrentExecutions: Match.absent(),
      Environment: { Variables: Match.objectLike({ SWEEP_CONCURRENCY: '64' }) },
    });
  });
});

describe('alarms', () => {
  test('each has its chapter in the runbook, and no chapter is about an alarm that does not exist', () => {
    const ids = Object.keys(properties(template, 'AWS::CloudWatch::Alarm'));
    const alarms = ids.map((id) => /^SessionsObservability(\w+)[0-9A-F]{8}$/.exec(id)?.[1]);
    const runbook = readFileSync('docs/runbook.md', 'utf8');
    const chapters = [...runbook.matchAll(/^## (\w+):/gm)].map(([, name]) => name);
    expect(chapters.sort()).toEqual(alarms.sort());
  });

  test('each says at some length what to do', () => {
    const alarms = Object.values(properties(template, 'AWS::CloudWatch::Alarm'));
    expect(alarms).toHaveLength(19);
    for (const { AlarmDescription } of alarms) {
      expect(AlarmDescription.length).toBeGreaterThan(120);
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
    }
  });

  test('a silent sweep is missing data, which takes the action that other alarms take when they are raised', () => {
    const { template: made } = make({ alarmActions: [{ bind: () => ({ alarmActionArn: 'arn:topic' }) }] });
    for (const alarm of Object.values(properties(made, 'AWS::CloudWatch::Alarm'))) {
      const actions = { alarm: alarm.AlarmActions, silence: alarm.InsufficientDataActions };
      expect(actions).toEqual(
        alarm.Statistic === 'SampleCount' ? { silence: ['arn:topic'] } : { alarm: ['arn:topic'] },
      );
    }
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'SweepBacklog',
      Statistic: 'SampleCount',
      TreatMissingData: 'missing',
      ComparisonOperator: 'LessThanThreshold',
    });
  });

  test('one is over all of them, in which silence counts once the sweep has been heard', () => {
    const alarms = Object.keys(properties(template, 'AWS::CloudWatch::Alarm'));
    const [composite] = Object.values(properties(template, 'AWS::CloudWatch::CompositeAlarm'));
    const rule = JSON.stringify(composite.AlarmRule);
    for (const id of alarms) expect(rule).toContain(`"${id}","Arn"`);
    expect(rule.match(/INSUFFICIENT_DATA/g)).toHaveLength(2);
  });

  test('and all of them are on the dashboard, with sign-ins, functions, capacity and API', () => {
    const [{ DashboardBody }] = Object.values(properties(template, 'AWS::CloudWatch::Dashboard'));
    const body = JSON.stringify(DashboardBody);
    for (const id of Object.keys(properties(template, 'AWS::CloudWatch::Alarm'))) expect(body).toContain(id);
    for (const metric of [
      'SignInsBegun',
      'SignInsFinished',
      'sign_in_failed',
      'WrongOriginSecrets',
      'FailedSweeps',
      '4xx',
      'Latency',
      'ConcurrentExecutions',
      'Throttles',
      'ConsumedReadCapacityUnits',
      'ConsumedWriteCapacityUnits',
    ]) {
      expect(body).toContain(metric);
    }
  });

  test('and each has its line in the table of the runbook', () => {
    const ids = Object.keys(properties(template, 'AWS::CloudWatch::Alarm'));
    const rows = [...readFileSync('docs/runbook.md', 'utf8').matchAll(/^\| \[(\w+)\]\(#/gm)];
    expect(rows.map(([, name]) => name).sort()).toEqual(
      ids.map((id) => /^SessionsObservability(\w+)[0-9A-F]{8}$/.exec(id)?.[1]).sort(),
    );
  });

  test('cost as much as the page about deploying says', () => {
    const alarms = Object.values(properties(template, 'AWS::CloudWatch::Alarm'));
    const metrics = alarms.flatMap(({ Metrics = [{ MetricStat: {} }] }) =>
      Metrics.filter(({ MetricStat }: { MetricStat?: object }) => MetricStat),
    );
    expect(readFileSync('docs/deploying.md', 'utf8').replace(/\s+/g, ' ')).toContain(
      `${alarms.length} alarms $0.10 for each of their ${metrics.length} metrics`,
    );
  });

  // What they are judged by is in alarms.integration.test.ts, by lines and counts.
  test.each([
    ['FailedSignInsOverHour', 3_600, 1, 'GreaterThanThreshold', 50],
    ['UnfinishedSignInsOverHours', 10_800, 1, 'LessThanThreshold', 10],
    ['SignInCrashes', 3_600, 1, 'GreaterThanThreshold', 5],
    ['SessionCrashes', 3_600, 1, 'GreaterThanThreshold', 5],
    ['WrongOriginSecrets', 3_600, 1, 'GreaterThanThreshold', 2],
    ['SweepFails', 60, 5, 'GreaterThanThreshold', 0],
    ['SweepMissing', 1_800, 2, 'LessThanThreshold', 1],
    ['StreamSilent', 1_800, 2, 'LessThanThreshold', 1],
  ])('%s looks at periods of %i s, %i of them', (id, seconds, periods, comparison, threshold) => {
    const [found] = Object.entries(properties(template, 'AWS::CloudWatch::Alarm'))
      .filter(([logicalId]) => logicalId.startsWith(`SessionsObservability${id}`))
      .map(([, alarm]) => alarm);
    expect(found).toMatchObject({
      EvaluationPeriods: periods,
      ComparisonOperator: comparison,
      Threshold: threshold,
      TreatMissingData: 'notBreaching',
    });
    const periodsOfMetrics = (found.Metrics ?? [found]).map(
      ({ MetricStat, Period }: { MetricStat?: { Period: number }; Period?: number }) =>
        MetricStat?.Period ?? Period,
    );
    expect(new Set(periodsOfMetrics.filter(Boolean))).toEqual(new Set([seconds]));
  });

  test('of sweeps that fail judge what fails in each, with whichever interval', () => {
    const { template: slow } = make({ sweepInterval: Duration.minutes(15) });
    slow.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([
        Match.objectLike({
          MetricStat: Match.objectLike({
            Period: 900,
            Metric: Match.objectLike({ MetricName: 'FailedSweeps' }),
          }),
        }),
      ]),
      DatapointsToAlarm: 3,
    });
  });

  test('of a stream that is behind: after one minute, and after fifteen', () => {
    const thresholds = Object.values(properties(template, 'AWS::CloudWatch::Alarm'))
      .filter(({ MetricName }) => MetricName === 'IteratorAge')
      .map(({ Threshold }) => Threshold);
    expect(thresholds).toEqual([60_000, 900_000]);
  });

  test('lateness is measured in sweeps', () => {
    make({ sweepInterval: Duration.minutes(2) }).template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'SweepBacklog',
      Statistic: 'Maximum',
      Threshold: 360_000,
      Period: 120,
    });
  });

  test('of guessed sessions: cookies that no session has, by the thousand', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'Curfew',
      MetricName: 'Refusals',
      Dimensions: [
        { Name: 'Code', Value: 'ERR_SESSION_UNKNOWN' },
        { Name: 'service', Value: service.serviceName },
      ],
      Statistic: 'Sum',
      Period: 300,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 1_000,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  test('of a clock: the largest difference, beyond a second in three sweeps', () => {
    const alarm = {
      Namespace: 'Curfew',
      MetricName: 'ClockSkew',
      Dimensions: [{ Name: 'service', Value: service.serviceName }],
      Statistic: 'Maximum',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 1_000,
      EvaluationPeriods: 3,
      TreatMissingData: 'notBreaching',
    };
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { ...alarm, Period: 60 });
    make({ sweepInterval: Duration.minutes(5) }).template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...alarm,
      Period: 300,
    });
  });

  test('can be left out', () => {
    const { template: without } = make({ alarms: false });
    without.resourceCountIs('AWS::CloudWatch::Alarm', 0);
    without.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });
});

describe('props', () => {
  const policyOf = (props: SessionServiceProps) => {
    const functions = Object.values(properties(make(props).template, 'AWS::Lambda::Function'));
    return JSON.parse(
      functions.find(({ Environment }) => Environment.Variables.POLICY).Environment.Variables.POLICY,
    );
  };

  test('durations and presets become the policy', () => {
    expect(policyOf({ idleTimeout: Duration.minutes(5) })).toMatchObject({
      idleTimeoutMs: 300_000,
      name: 'default',
    });
    expect(policyOf({ policy: Policy.pciDss() })).toMatchObject({ idleTimeoutMs: 840_000, name: 'pci-dss' });
    expect(policyOf({ policy: Policy.nistAal2() })).toMatchObject({ absoluteTimeoutMs: 86_400_000 });
    expect(policyOf({ policy: Policy.nistAal3(), warnBefore: Duration.minutes(1) })).toMatchObject({
      name: 'nist-aal3',
      warnBeforeMs: 60_000,
    });
    expect(policyOf({ absoluteWarnBefore: Duration.minutes(5) }).absoluteWarnBeforeMs).toBe(300_000);
    expect(policyOf({ browserClose: 'run', unboundIdleTimeout: Duration.minutes(5) })).toMatchObject({
      browserClose: 'run',
      idleTimeoutMs: 900_000,
      unboundIdleTimeoutMs: 300_000,
    });
    expect(policyOf({ browserClose: 'run' })).not.toHaveProperty('unboundIdleTimeoutMs');
  });

  test.each<[string, () => SessionServiceProps, RegExp]>([
    [
      'a warning over the idle timeout',
      () => ({ idleTimeout: Duration.minutes(1), warnBefore: Duration.minutes(2) }),
      /warnBefore .* must be under idleTimeout/,
    ],
    [
      'a warning too short to read',
      () => ({ warnBefore: Duration.seconds(5) }),
      /warnBefore .* at least 20000 ms/,
    ],
    [
      'an absolute limit under the idle timeout',
      () => ({ absoluteTimeout: Duration.minutes(1) }),
      /absoluteTimeout .* must not be under idleTimeout/,
    ],
    [
      'no room for ten extensions',
      () => ({ absoluteTimeout: Duration.hours(1) }),
      /absoluteTimeout .* at least 10 × idleTimeout/,
    ],
    [
      'an idle timeout over that of the preset’s standard',
      () => ({ policy: Policy.pciDss(), idleTimeout: Duration.minutes(60) }),
      /idleTimeout \+ touchInterval \(3600000 \+ 60000 ms\) must not be over 900000 ms \(PCI DSS/,
    ],
    [
      'a preset without re-authentication',
      () => ({ policy: Policy.nistAal2(), reauthentication: 'after-end' }),
      /reauthentication must be 'always' with the preset nist-aal2/,
    ],
    ['a preset that is none', () => ({ policy: Policy.preset('hipaa') }), /unknown preset 'hipaa'.*pci-dss/],
    [
      'an http issuer',
      () => ({ identity: Identity.oidc({ issuer: 'http://id.example', clientId: 'a' }) }),
      /issuer must be an https:\/\/ URL/,
    ],
    [
      'a site with a path',
      () => ({ siteUrl: 'https://a.example/x' }),
      /siteUrl must be an https:\/\/ origin/,
    ],
    ['an http site', () => ({ siteUrl: 'http://a.example' }), /siteUrl must be an https:\/\/ origin/],
    ['shards that are no power of two', () => ({ dueShards: 3 }), /dueShards must be a power of two/],
    ['half a session', () => ({ maxSessionsPerUser: 0.5 }), /maxSessionsPerUser must be a whole number/],
    ['a retention of a second', () => ({ retention: Duration.seconds(1) }), /retention must be from/],
    [
      'no sweep at all',
      () => ({ sweepReservedConcurrency: 0 }),
      /sweepReservedConcurrency must be a whole number of 1 or more/,
    ],
    [
      'no write at all',
      () => ({ sweepParallelWrites: 0 }),
      /sweepParallelWrites must be a whole number from 1/,
    ],
    ['a sweep of 64 MB', () => ({ sweepMemory: 64 }), /sweepMemory must be a whole number from 128/],
    ['1,001 writes', () => ({ sweepParallelWrites: 1_001 }), /sweepParallelWrites must be .* to 1000/],
    [
      'an unbound idle timeout where nothing is bound',
      () => ({ unboundIdleTimeout: Duration.minutes(5) }),
      /unboundIdleTimeout needs browserClose 'run' or 'last-page'/,
    ],
    [
      'an unbound idle timeout over that of bound sessions',
      () => ({ browserClose: 'run', unboundIdleTimeout: Duration.minutes(16) }),
      /unboundIdleTimeout \(960000 ms\) must not be over idleTimeout \(900000 ms\)/,
    ],
    ['no publisher', () => ({ publishParallelization: 0 }), /publishParallelization must be .* from 1 to 10/],
    ['11 publishers a shard', () => ({ publishParallelization: 11 }), /publishParallelization must be/],
    ['a sweep every second', () => ({ sweepInterval: Duration.seconds(1) }), /sweepInterval must be/],
    ['a sweep every 90 s', () => ({ sweepInterval: Duration.seconds(90) }), /sweepInterval must be/],
  ])('rejected at synthesis, by name: %s', (_, props, message) => {
    expect(() => make(props())).toThrow(message);
  });

  test('bundles that are not built are missed by name, with how to build them', () => {
    expect(() => make({ bundles: '/nowhere' })).toThrow(/auth\/index\.cjs.*npm run build/);
  });
});

test('a user of the construct: events to a target, a guarded function, permission to revoke', () => {
  const stack = newStack(build);
  const service = new SessionService(stack, 'Sessions', { bundles: build.bundles });
  const code = {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler=1'),
  };
  const api = new LambdaFunction(stack, 'Api', code);
  const admin = new LambdaFunction(stack, 'Admin', code);
  service.protect(api);
  service.grantRevoke(admin);
  service.onSessionEnded('Ended', new SqsQueue(new Queue(stack, 'Ends')));
  service.authorizer();
  service.administration();
  const made = Template.fromStack(stack);
  made.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { source: ['curfew'], 'detail-type': ['Session Ended'] },
    EventBusName: Match.anyValue(),
  });
  const [guarded] = Object.entries(properties(made, 'AWS::Lambda::Function')).filter(([id]) =>
    id.startsWith('Api'),
  );
  expect(Object.keys(guarded![1].Environment.Variables)).toEqual(
    expect.arrayContaining(['TABLE_NAME', 'SITE_URL']),
  );
  expect(statements(made, 'Admin', 'ServiceRole').flatMap(({ Action }) => Action)).toContain(
    'dynamodb:Query',
  );
  const [administering] = Object.entries(properties(made, 'AWS::Lambda::Function')).filter(([id]) =>
    id.startsWith('SessionsAdmin'),
  );
  expect(administering![1].Timeout * 1_000).toBeGreaterThan(DEADLINE_MS);
  expect(statements(made, 'SessionsAdmin').flatMap(({ Action }) => Action)).toEqual(
    expect.arrayContaining(['dynamodb:Query', 'dynamodb:BatchGetItem', 'dynamodb:UpdateItem']),
  );
  const leading = {
    Null: { 'dynamodb:LeadingKeys': 'false' },
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['session#*'] },
  };
  for (const [name, role] of [['Api', 'ServiceRole'] as const, ['SessionsAuthorizer', 'Role'] as const]) {
    const onTable = statements(made, name, role).filter(({ Action }) => /dynamodb/.test(String(Action)));
    expect(onTable).toMatchObject([
      { Action: 'dynamodb:GetItem', Condition: leading },
      {
        Action: 'dynamodb:UpdateItem',
        Condition: {
          ...leading,
          'ForAllValues:StringEquals': { 'dynamodb:Attributes': GUARDED_ATTRIBUTES },
          StringEqualsIfExists: { 'dynamodb:ReturnValues': ['NONE', 'UPDATED_OLD', 'UPDATED_NEW'] },
        },
      },
    ]);
  }
  expect(service.metricExpiryLateness().namespace).toBe('Curfew');
});

test('authorizers of REST APIs are asked at every request, and share one function with those of HTTP APIs', () => {
  const stack = newStack(build);
  const service = new SessionService(stack, 'Sessions', { bundles: build.bundles });
  service.authorizer();
  for (const name of ['First', 'Second']) {
    const api = new RestApi(stack, name, { cloudWatchRole: false });
    for (const method of ['GET', 'POST']) {
      api.root.addMethod(method, undefined, { authorizer: service.restAuthorizer(api) });
    }
    api.root.addMethod('PUT', undefined, { authorizer: service.restAuthorizer(api, 'attach') });
  }
  const made = Template.fromStack(stack);
  const authorizers = properties(made, 'AWS::ApiGateway::Authorizer');
  expect(Object.values(authorizers)).toHaveLength(4);
  for (const { Type, AuthorizerResultTtlInSeconds, IdentitySource } of Object.values(authorizers)) {
    // Without a source that has to be there, each request gets to the function.
    expect([Type, AuthorizerResultTtlInSeconds, IdentitySource]).toEqual(['REQUEST', 0, '']);
  }
  const methods = Object.values(properties(made, 'AWS::ApiGateway::Method'));
  expect(methods.map(({ AuthorizationType }) => AuthorizationType)).toEqual(Array(6).fill('CUSTOM'));
  const used = methods.map(({ AuthorizerId }) => AuthorizerId.Ref);
  expect([...new Set(used)].sort()).toEqual(Object.keys(authorizers).sort());
  const functions = Object.values(properties(made, 'AWS::Lambda::Function')).filter(({ Description }) =>
    Description?.startsWith('Curfew authorizer'),
  );
  expect(functions.map(({ Environment }) => Environment.Variables.GUARD_ON_ENDED)).toEqual([
    'reject',
    'attach',
  ]);
});

test('the authorizer of a REST API in another stack is allowed there, so that the stack of the service does not refer to it', () => {
  const stack = newStack(build);
  const service = new SessionService(stack, 'Sessions', { bundles: build.bundles, alarms: false });
  const theirs = new Stack(stack.node.root, 'Theirs');
  const api = new RestApi(theirs, 'Api', { cloudWatchRole: false });
  api.root.addMethod('GET', undefined, { authorizer: service.restAuthorizer(api) });
  expect(service.restAuthorizer(api)).toBe(service.restAuthorizer(api));
  const made = Template.fromStack(theirs);
  const [{ AuthorizerUri }] = Object.values(properties(made, 'AWS::ApiGateway::Authorizer'));
  const [permission, ...others] = Object.values(properties(made, 'AWS::Lambda::Permission'));
  expect(others).toEqual([]);
  expect(permission.Principal).toBe('apigateway.amazonaws.com');
  expect(JSON.stringify(permission.SourceArn)).toContain('/authorizers/');
  expect(permission.FunctionName).toEqual({
    'Fn::ImportValue': expect.stringContaining('SessionsAuthorizer'),
  });
  expect(JSON.stringify(AuthorizerUri)).toContain(JSON.stringify(permission.FunctionName));
  expect(stack.dependencies).toEqual([]);
});

test('a limit of sessions is in the environment of the sign-in, which may then list them', () => {
  const made = make({ maxSessionsPerUser: 3 }).template;
  made.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ MAX_SESSIONS: '3' }) },
  });
  expect(statements(made, 'SessionsAuth').flatMap(({ Action }) => Action)).toContain('dynamodb:Query');
});

test('function auth makes rows of sessions and of finished sign-ins, and no others', () => {
  const making = statements(template, 'SessionsAuth').filter(({ Action }) => /PutItem/.test(String(Action)));
  expect(making).toEqual([
    expect.objectContaining({
      Action: 'dynamodb:PutItem',
      Condition: {
        Null: { 'dynamodb:LeadingKeys': 'false' },
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['session#*', 'signin#*'] },
      },
    }),
  ]);
});

describe('the service secret', () => {
  const variables = (made: Template) =>
    Object.values(properties(made, 'AWS::Lambda::Function')).map(({ Description, Environment }) => ({
      name: /Curfew ([\w-]+)/.exec(Description ?? '')?.[1],
      arn: Environment?.Variables.SERVICE_SECRET_ARN,
      all: JSON.stringify(Environment?.Variables),
    }));

  test('is generated, and kept unless the service is to be removed', () => {
    const secret = { GenerateSecretString: Match.objectLike({ PasswordLength: 64 }) };
    template.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'Retain', Properties: secret });
    make({ removalPolicy: RemovalPolicy.DESTROY }).template.hasResource('AWS::SecretsManager::Secret', {
      DeletionPolicy: 'Delete',
    });
  });

  test('is read by auth and session alone, which know where it is: no variable holds it, no guarded handler reads it', () => {
    const stack = newStack(build);
    const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles });
    const handler = new LambdaFunction(stack, 'Mine', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => {}'),
    });
    sessions.protect(handler);
    sessions.administration();
    sessions.authorizer();
    // An authorizer that belongs to no API is an error of the synthesis.
    const made = Template.fromStack(stack);
    const [id] = Object.keys(made.findResources('AWS::SecretsManager::Secret'));
    const knowing = variables(made).filter(({ all }) => all?.includes(id!));
    expect(knowing.map(({ name, arn }) => [name, arn])).toEqual([
      ['auth', { Ref: id }],
      ['session', { Ref: id }],
    ]);
    expect(JSON.stringify(made.toJSON())).not.toContain('resolve:secretsmanager');
    const readers = Object.entries(properties(made, 'AWS::IAM::Policy')).flatMap(
      ([policy, { PolicyDocument }]) =>
        PolicyDocument.Statement.filter((statement: object) => JSON.stringify(statement).includes(id!)).map(
          ({ Action, Resource }: { Action: unknown; Resource: unknown }) => [policy, Action, Resource],
        ),
    );
    expect(readers).toEqual([
      [expect.stringMatching(/^SessionsAuthRole/), 'secretsmanager:GetSecretValue', { Ref: id }],
      [expect.stringMatching(/^SessionsSessionRole/), 'secretsmanager:GetSecretValue', { Ref: id }],
    ]);
  });
});

describe('an encryption key', () => {
  // biome-ignore lint/suspicious/noExplicitAny: templates are data
  const statementsOf = (made: Template, type: string): any[] =>
    Object.values(properties(made, type)).flatMap(
      ({ KeyPolicy, PolicyDocument }) => (KeyPolicy ?? PolicyDocument).Statement,
    );
  const keyed = (): { made: Template; key: object } => {
    const stack = newStack(build);
    // The CDK's own types do not agree under exactOptionalPropertyTypes.
    const encryptionKey = new Key(stack, 'Key') as IKey;
    const service = new SessionService(stack, 'Sessions', { bundles: build.bundles, encryptionKey });
    service.administration();
    service.grantGuard(new User(stack, 'Server'));
    const made = Template.fromStack(stack);
    const [id] = Object.keys(made.findResources('AWS::KMS::Key'));
    return { made, key: { 'Fn::GetAtt': [id, 'Arn'] } };
  };

  test('may be of another stack, which then does not depend on the service’s', () => {
    const keys = newStack(build, 'Keys');
    const stack = new Stack(keys.node.root, 'Service');
    // The CDK's own types do not agree under exactOptionalPropertyTypes.
    const encryptionKey = new Key(keys, 'Key') as IKey;
    const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles, encryptionKey });
    new StaticSite(stack, 'Site', { source: build.site, sessions });
    sessions.administration();
    Template.fromStack(stack).resourceCountIs('AWS::KMS::Key', 0);
    expect(stack.dependencies).toContain(keys);
    expect(keys.dependencies).toEqual([]);
  });

  test('encrypts table, bus, queue, each log group and the service secret', () => {
    const { made, key } = keyed();
    made.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      Replicas: [Match.objectLike({ SSESpecification: { KMSMasterKeyId: key } })],
    });
    made.allResourcesProperties('AWS::Events::EventBus', { KmsKeyIdentifier: key });
    made.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: key });
    made.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: key });
    made.allResourcesProperties('AWS::SecretsManager::Secret', { KmsKeyId: key });
  });

  test('lets CloudWatch Logs and EventBridge use it for what is of this account', () => {
    const { made } = keyed();
    const services = statementsOf(made, 'AWS::KMS::Key').filter(({ Principal }) => Principal.Service);
    expect(services.map(({ Principal, Condition }) => [JSON.stringify(Principal), Condition])).toEqual([
      [expect.stringContaining('logs.'), { ArnLike: expect.anything() }],
      [expect.stringContaining('events.'), { StringEquals: expect.anything() }],
    ]);
  });

  test('is used by each function through the services that it calls, and by who else has a grant', () => {
    const { made, key } = keyed();
    const services = (name: string, role = 'Role') =>
      (statements(made, name, role) as { Resource: unknown; Condition?: object }[])
        .filter(({ Resource, Condition }) => Condition && JSON.stringify(Resource) === JSON.stringify(key))
        .map(({ Condition }) => /"(\w+)\.",/.exec(JSON.stringify(Condition))?.[1])
        .sort();
    expect(services('SessionsAuth')).toEqual(['dynamodb', 'secretsmanager']);
    expect(services('SessionsSession')).toEqual(['dynamodb', 'secretsmanager']);
    expect(services('Sweep')).toEqual(['dynamodb']);
    expect(services('Publish')).toEqual(['dynamodb', 'sqs']);
    expect(services('SessionsAdmin')).toEqual(['dynamodb']);
    expect(services('Server', '')).toEqual(['dynamodb']);
  });

  test('is in no role and no resource where none is given', () => {
    expect(JSON.stringify(template.toJSON())).not.toMatch(/kms/i);
  });
});

describe('the client secret', () => {
  const grantsOf = (stack: Stack, clientSecret: ISecret) => {
    const identity = Identity.oidc({ issuer: 'https://id.example', clientId: 'a', clientSecret });
    new SessionService(stack, 'Sessions', { bundles: build.bundles, identity });
    const made = Template.fromStack(stack);
    const ofSecrets = statements(made, 'SessionsAuth').filter(
      (statement) =>
        /secret/.test(String(statement.Action)) && !/ServiceSecret/.test(JSON.stringify(statement.Resource)),
    );
    return { made, ofSecrets };
  };

  test('is read, and not described, whatever it is known by', () => {
    const stack = newStack(build);
    const { ofSecrets } = grantsOf(stack, Secret.fromSecretNameV2(stack, 'Secret', 'by-name'));
    expect(ofSecrets).toMatchObject([{ Action: 'secretsmanager:GetSecretValue' }]);
    expect(JSON.stringify(ofSecrets[0]!.Resource)).toContain(':secret:by-name-??????');
  });

  test('may be encrypted with a key of its own', () => {
    const stack = newStack(build);
    const secret = new Secret(stack, 'Secret', { encryptionKey: new Key(stack, 'Key') });
    // The CDK's own types do not agree under exactOptionalPropertyTypes.
    const { made, ofSecrets } = grantsOf(stack, secret as ISecret);
    expect(ofSecrets).toMatchObject([{ Action: 'secretsmanager:GetSecretValue' }]);
    const decrypting = statements(made, 'SessionsAuth').filter(({ Action }) =>
      [Action].flat().includes('kms:Decrypt'),
    );
    const [key] = Object.keys(made.findResources('AWS::KMS::Key'));
    expect(JSON.stringify(decrypting)).toContain(key);
  });
});

test('users of Cognito sign in by its managed login alone: no flow of its own API takes a password', () => {
  template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
  });
});

test('Cognito is the provider unless another is named', () => {
  expect(service.userPool).toBeDefined();
  template.hasResourceProperties('AWS::Cognito::UserPool', {
    DeletionProtection: 'ACTIVE',
    MfaConfiguration: 'OPTIONAL',
  });
  template.hasResourceProperties('AWS::Cognito::UserPoolDomain', { ManagedLoginVersion: 2 });
  template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    AllowedOAuthFlows: ['code'],
    GenerateSecret: false,
  });
  template.resourceCountIs('AWS::Cognito::ManagedLoginBranding', 1);
  const identity = Identity.oidc({ issuer: 'https://id.example', clientId: 'a' });
  const { template: other, service: made } = make({ identity });
  other.resourceCountIs('AWS::Cognito::UserPool', 0);
  expect(made.userPool).toBeUndefined();
  other.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ OIDC_ISSUER: 'https://id.example', OIDC_CLIENT_ID: 'a' }) },
  });
});
