import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CfnResource, Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal, User } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  Alias,
  ApplicationLogLevel,
  Code,
  type IVersion,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { GUARDED_ATTRIBUTES } from '../../core/contract.ts';
import { SessionService, type SessionServiceProps } from '../../infra/constructs/session-service.ts';
import { StaticSite } from '../../infra/constructs/static-site.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';
import { newStack, properties, statements } from '../support/stacks.ts';

let build: FixtureBuild;
beforeAll(async () => {
  build = await fixtureBuild();
});
afterAll(() => build.remove());

const SITE_URL = 'https://app.example.com';
const SECRET = SecretValue.unsafePlainText('s'.repeat(32));

function make(props: SessionServiceProps = {}, region?: string) {
  const stack = newStack(build, 'Test', region);
  const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles, alarms: false, ...props });
  return { stack, sessions };
}

const newFunction = (stack: Stack, id = 'Mine') =>
  new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {}'),
  });

function variablesOf(template: Template, id = 'Mine'): object {
  const [found] = Object.entries(properties(template, 'AWS::Lambda::Function')).filter(([name]) =>
    name.startsWith(id),
  );
  return found![1].Environment?.Variables ?? {};
}

/** The variables of every guard. */
const READ = ['DUE_SHARDS', 'RETENTION_MS', 'SESSION_SERVICE', 'SITE_URL', 'TABLE_NAME'];

describe('protect()', () => {
  test.each<[string, (handler: LambdaFunction, stack: Stack) => Parameters<SessionService['protect']>[0]]>([
    ['a function', (handler) => handler],
    ['a version', (handler) => handler.currentVersion],
    [
      'an alias',
      (handler, stack) =>
        new Alias(stack, 'Live', { aliasName: 'live', version: handler.currentVersion as IVersion }),
    ],
  ])('prepares %s: its function has the variables, and its role the permission', (_, handed) => {
    const { stack, sessions } = make({ siteUrl: SITE_URL, originSecrets: [SECRET] });
    const handler = newFunction(stack);
    sessions.protect(handed(handler, stack)).assertSuccess();
    const template = Template.fromStack(stack);
    expect(Object.keys(variablesOf(template)).sort()).toEqual([...READ, 'ORIGIN_SECRET'].sort());
    expect(statements(template, 'Mine', 'ServiceRole').map(({ Action }) => Action)).toEqual([
      'dynamodb:GetItem',
      'dynamodb:UpdateItem',
    ]);
  });

  test('of a function in another region, where the guard would look for the table, is refused', () => {
    const { stack, sessions } = make({}, 'eu-west-1');
    const elsewhere = new Stack(stack.node.root, 'Elsewhere', { env: { region: 'us-east-1' } });
    expect(() => sessions.protect(newFunction(elsewhere))).toThrow(
      /protect: Elsewhere\/Mine is in us-east-1, .*fromAttributes\(\)/,
    );
  });

  test('of a function that was made elsewhere says what to set there', () => {
    const { stack, sessions } = make();
    const arn = 'arn:aws:lambda:eu-west-1:111122223333:function:orders';
    const elsewhere = LambdaFunction.fromFunctionArn(stack, 'Elsewhere', arn);
    const said =
      /Test\/(?:Elsewhere|Alias) is not made here.*guardEnvironment \(TABLE_NAME, .*SITE_URL.*grantGuard\(\)/;
    expect(() => sessions.protect(elsewhere)).toThrow(said);
    const alias = Alias.fromAliasAttributes(stack, 'Alias', {
      aliasName: 'live',
      aliasVersion: elsewhere.latestVersion,
    });
    expect(() => sessions.protect(alias)).toThrow(said);
    expect(statements(Template.fromStack(stack), 'Elsewhere', '')).toEqual([]);
  });
});

describe('what a guard elsewhere needs', () => {
  test('is said with the origin secret, where there is one', () => {
    const { sessions } = make({ siteUrl: SITE_URL });
    expect(Object.keys(sessions.guardEnvironment).sort()).toEqual(READ);
    const { stack, sessions: proven } = make({ siteUrl: SITE_URL, originSecrets: [SECRET] });
    expect(stack.resolve(proven.guardEnvironment)).toMatchObject({ SITE_URL, ORIGIN_SECRET: 's'.repeat(32) });
  });

  test('is not said before a site brings the origin secret: that fails', () => {
    const { stack, sessions } = make();
    void sessions.guardEnvironment;
    expect(() => new StaticSite(stack, 'Site', { sessions, source: build.site })).toThrow(
      /guardEnvironment was read before the site/,
    );
  });

  test('each grant is a Grant, of all that it allows, the key’s use included', () => {
    const { stack, sessions } = make({ encryptionKey: undefined });
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    for (const grant of [sessions.grantGuard(role), sessions.grantRevoke(role)]) grant.assertSuccess();
    expect(sessions.grantGuard(new User(stack, 'A')).principalStatements).toHaveLength(2);
    expect(sessions.grantRevoke(new User(stack, 'B')).principalStatements).toHaveLength(3);
    const { stack: keyed, sessions: encrypted } = make({ rulePacks: true });
    expect(encrypted.grantGuard(new User(keyed, 'C')).principalStatements).toHaveLength(4);
  });
});

describe('a service that was made elsewhere', () => {
  const tableArn = 'arn:aws:dynamodb:eu-west-1:111122223333:table/sessions';
  const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/0c0ffee0-0000-4000-8000-000000000000';

  function imported(more: object = {}) {
    const stack = newStack(build, 'Reader', 'us-east-1');
    const sessions = SessionService.fromAttributes(stack, 'Sessions', {
      tableArn,
      serviceName: 'shop',
      siteUrl: SITE_URL,
      ...more,
    });
    return { stack, sessions };
  }

  test('prepares functions here, which ask the region of its table', () => {
    const { stack, sessions } = imported({ originSecrets: [SECRET], retention: Duration.days(2) });
    sessions.protect(newFunction(stack));
    const template = Template.fromStack(stack);
    expect(variablesOf(template)).toEqual({
      TABLE_NAME: tableArn,
      RETENTION_MS: '172800000',
      SESSION_SERVICE: 'shop',
      SITE_URL,
      ORIGIN_SECRET: 's'.repeat(32),
    });
    expect(statements(template, 'Mine', 'ServiceRole')).toMatchObject([
      { Action: 'dynamodb:GetItem', Resource: tableArn },
      {
        Action: 'dynamodb:UpdateItem',
        Resource: tableArn,
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': GUARDED_ATTRIBUTES } },
      },
    ]);
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
  });

  test('has its key used through DynamoDB in its own region', () => {
    const { stack, sessions } = imported();
    const encryptionKey = Key.fromKeyArn(stack, 'Key', keyArn);
    const withKey = SessionService.fromAttributes(stack, 'Keyed', {
      tableArn,
      serviceName: sessions.serviceName,
      siteUrl: SITE_URL,
      encryptionKey,
    });
    withKey.grantGuard(new User(stack, 'Server'));
    const using = statements(Template.fromStack(stack), 'Server', '').filter(
      ({ Resource }) => Resource === keyArn,
    );
    expect(using[0]).toMatchObject({
      Condition: { StringEquals: { 'kms:ViaService': 'dynamodb.eu-west-1.amazonaws.com' } },
    });
  });

  const heard = (region: string) => {
    const stack = newStack(build, 'Reader', region);
    const busArn = 'arn:aws:events:eu-west-1:111122223333:event-bus/shop';
    const sessions = SessionService.fromAttributes(stack, 'Heard', {
      tableArn,
      serviceName: 'shop',
      siteUrl: SITE_URL,
      eventBus: EventBus.fromEventBusArn(stack, 'Bus', busArn),
    });
    sessions.onSessionEnded('Ended', new SqsQueue(new Queue(stack, 'Ends')));
    return { stack, sessions };
  };

  test('is heard on its bus, and no other service that shares it', () => {
    const { stack, sessions } = heard('eu-west-1');
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventBusName: 'shop',
      EventPattern: { 'detail-type': ['Session Ended'], detail: { service: ['shop'] } },
    });
    expect(stack.resolve(sessions.metricExpiryLateness().dimensions)).toEqual({ service: 'shop' });
  });

  test('is not heard on a bus of another region: a rule here would be of a bus of that name here', () => {
    expect(() => heard('us-east-1')).toThrow(
      /eventBus: Reader\/Bus is of eu-west-1 and account 111122223333/,
    );
  });

  test('without its bus can’t be heard, and says so', () => {
    const { stack, sessions } = imported();
    expect(() => sessions.onSessionStarted('Started', new SqsQueue(new Queue(stack, 'Q')))).toThrow(
      /its bus/,
    );
  });
});

test('authorizer() and administration() may be asked for again: there is one of each', () => {
  const { stack, sessions } = make();
  expect(sessions.administration()).toBe(sessions.administration());
  expect(sessions.authorizer()).toBe(sessions.authorizer());
  expect(sessions.authorizer('attach')).toBe(sessions.authorizer('attach'));
  expect(sessions.authorizer('attach')).not.toBe(sessions.authorizer());
  const made = Object.values(properties(Template.fromStack(stack), 'AWS::Lambda::Function'))
    .map(({ Description }) => /^Curfew (?:authorizer|admin)/.exec(Description)?.[0])
    .filter((name) => name !== undefined);
  expect(made.sort()).toEqual(['Curfew admin', 'Curfew authorizer', 'Curfew authorizer']);
});

describe('how functions run', () => {
  test('memory, level of the log and tracing are props, and the sweep’s memory its own', () => {
    const { stack, sessions } = make({
      memory: 1_024,
      logLevel: ApplicationLogLevel.DEBUG,
      tracing: 'Disabled' as never,
    });
    sessions.administration();
    const template = Template.fromStack(stack);
    const found = Object.values(properties(template, 'AWS::Lambda::Function')).map(
      ({ Description, MemorySize, LoggingConfig, TracingConfig }) => [
        /Curfew ([\w-]+)/.exec(Description)![1],
        MemorySize,
        LoggingConfig.ApplicationLogLevel,
        TracingConfig,
      ],
    );
    expect(found.sort()).toEqual(
      [
        ['admin', 1_024, 'DEBUG', undefined],
        ['auth', 1_024, 'DEBUG', undefined],
        ['publish', 1_024, 'DEBUG', undefined],
        ['session', 1_024, 'DEBUG', undefined],
        ['sweep', 1_769, 'DEBUG', undefined],
      ].sort(),
    );
    for (const name of ['Auth', 'Sweep']) {
      expect(JSON.stringify(statements(template, name))).not.toContain('xray');
    }
  });

  test('memory that Lambda does not take is refused by name', () => {
    expect(() => make({ memory: 127 })).toThrow(/^memory must be a whole number from 128 to 10240, not 127/);
    expect(() => make({ memory: 128 })).not.toThrow();
  });

  test('a level with which Lambda may leave metrics out is refused', () => {
    const { WARN, ERROR, FATAL } = ApplicationLogLevel;
    // As JavaScript passes it.
    for (const level of [WARN, ERROR, FATAL])
      expect(() => make({ logLevel: level as never })).toThrow(/^logLevel must be INFO, DEBUG or TRACE, not/);
  });
});

test('warm throughput is that of table and indexes, which a throttled one would hold up', () => {
  const warmThroughput = { readUnitsPerSecond: 20_000, writeUnitsPerSecond: 8_000 };
  const { stack } = make({ warmThroughput });
  const WarmThroughput = { ReadUnitsPerSecond: 20_000, WriteUnitsPerSecond: 8_000 };
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    WarmThroughput,
    GlobalSecondaryIndexes: [Match.objectLike({ WarmThroughput }), Match.objectLike({ WarmThroughput })],
  });
  const { sessions } = make();
  expect(() => make({ warmThroughput, table: sessions.table })).toThrow(
    /warmThroughput is of the table that/,
  );
});

describe('thresholds of alarms', () => {
  test('are props by the alarm’s name, and its description says both', () => {
    const { stack } = make({ alarms: true, alarmThresholds: { ServerErrors: 20, ClockSkew: 0 } });
    const alarms = Object.entries(properties(Template.fromStack(stack), 'AWS::CloudWatch::Alarm'));
    const named = (name: string) => alarms.find(([id]) => id.includes(`Observability${name}`))![1];
    expect(named('ServerErrors')).toMatchObject({
      Threshold: 20,
      AlarmDescription: expect.stringMatching(
        /^Threshold 20, set by alarmThresholds; .* is about 5\. The API/,
      ),
    });
    expect(named('ClockSkew').Threshold).toBe(0);
    expect(named('GuessedSessions')).toMatchObject({
      Threshold: 1_000,
      AlarmDescription: expect.not.stringContaining('alarmThresholds'),
    });
  });

  test('are numbers of 0 or more', () => {
    for (const ServerErrors of [-1, Number.NaN])
      expect(() => make({ alarms: true, alarmThresholds: { ServerErrors } })).toThrow(
        /alarmThresholds: ServerErrors must be/,
      );
  });

  test('and actions are of alarms: without any, they are refused', () => {
    const action = { bind: () => ({ alarmActionArn: 'arn:topic' }) };
    expect(() => make({ alarmThresholds: { ServerErrors: 20 } })).toThrow(
      /^alarmThresholds: with alarms: fa/,
    );
    expect(() => make({ alarmActions: [action] })).toThrow(/^alarmActions: with alarms: false/);
    expect(() => make({ alarmActions: [] })).not.toThrow();
  });
});

test('what no prop says is set at the resources themselves', () => {
  const { stack, sessions } = make();
  const { functions, stage, schedule, failureQueue, serviceSecret } = sessions;
  expect(Object.keys(functions)).toEqual(['auth', 'session', 'sweep', 'publish']);
  const resources = [...Object.values(functions), stage, schedule, failureQueue, serviceSecret].map(
    // The default child of each is its resource.
    (one) => one?.node.defaultChild as CfnResource,
  );
  for (const resource of resources) resource.addMetadata('mine', true);
  const made = Template.fromStack(stack).toJSON().Resources;
  for (const resource of resources) expect(made[stack.resolve(resource.logicalId)].Metadata.mine).toBe(true);
});
