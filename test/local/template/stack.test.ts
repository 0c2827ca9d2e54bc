import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Assembly, readAssembly } from '../../../local/template/assembly.ts';
import { shortName } from '../../../local/template/functions.ts';
import { readStack } from '../../../local/template/stack.ts';

/** An assembly with what a template of somebody else's might hold. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'curfew-assembly-'));
  for (const [asset, file] of [
    ['common', 'index.cjs'],
    ['module', 'index.mjs'],
    ['helper', 'index.js'],
  ] as const) {
    await mkdir(path.join(folder, asset));
    await writeFile(path.join(folder, asset, file), '');
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const lambda = (S3Key: string, others: Record<string, unknown> = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Handler: 'index.handler', Runtime: 'nodejs24.x', Code: { S3Key }, ...others },
});
const table = (others: Record<string, unknown> = {}) => ({
  Type: 'AWS::DynamoDB::GlobalTable',
  Properties: {
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    ...others,
  },
});
const RESOURCES: Assembly['template']['Resources'] = {
  Sessions: table({ StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } }),
  Notes: table({ TableName: 'notes' }),
  PublishFunction1234ABCD: lambda('common.zip', { Description: 'Curfew publish: announces.' }),
  NotesFunction3EFCE747: lambda('module.zip', {
    Timeout: 5,
    Environment: { Variables: { TABLE_NAME: { Ref: 'Notes' } } },
  }),
  Helper: lambda('helper.zip'),
  Python: lambda('common.zip', { Runtime: 'python3.13' }),
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      BatchSize: 1,
      BisectBatchOnFunctionError: true,
      EventSourceArn: { 'Fn::GetAtt': ['Sessions', 'StreamArn'] },
      FilterCriteria: { Filters: [] },
      FunctionName: { Ref: 'PublishFunction1234ABCD' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 3,
      StartingPosition: 'TRIM_HORIZON',
    },
  },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': ['NotesFunction3EFCE747', 'Arn'] },
      PayloadFormatVersion: '2.0',
    },
  },
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      AuthorizationType: 'NONE',
      RouteKey: 'GET /api/notes',
      Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
    },
  },
};

function stack(changes: Assembly['template']['Resources'] = {}) {
  const assets = new Map(
    ['common', 'module', 'helper'].map((name) => [`${name}.zip`, path.join(folder, name)]),
  );
  return readStack({ template: { Resources: { ...RESOURCES, ...changes } }, assets }, {});
}

test('the functions on Node 24 whose asset is a bundle, CommonJS or a module, each with its environment', () => {
  expect([...stack().functions]).toEqual([
    ['PublishFunction1234ABCD', expect.objectContaining({ name: 'publish', environment: {} })],
    [
      'NotesFunction3EFCE747',
      {
        name: 'notes',
        bundle: path.join(folder, 'module', 'index.mjs'),
        environment: { TABLE_NAME: 'notes' },
        timeoutMs: 5_000,
        memorySize: 128,
      },
    ],
  ]);
});

test('every table; sessions are in those whose stream is read', () => {
  const { tables, sessionTables } = stack();
  expect(tables.map(({ name }) => name)).toEqual(['Sessions', 'notes']);
  expect(sessionTables).toEqual(['Sessions']);
});

test('every queue, by the URL that functions are told', () => {
  expect(stack({ Failures: { Type: 'AWS::SQS::Queue' } }).queues).toEqual([
    'https://sqs.us-east-1.amazonaws.com/000000000000/Failures',
  ]);
});

test('a route and the function behind it', () => {
  expect(stack().routes).toEqual([{ routeKey: 'GET /api/notes', functionId: 'NotesFunction3EFCE747' }]);
});

test.each<[string, string, Record<string, unknown> | undefined]>([
  ['AWS::DynamoDB::Table', 'AWS::DynamoDB::Table is not supported', undefined],
  ['AWS::Scheduler::Schedule', 'AWS::Scheduler::Schedule is not supported', undefined],
  [
    'AWS::ApiGatewayV2::Route',
    'Unrecognized key: "AuthorizerId"',
    { AuthorizationType: 'NONE', RouteKey: 'GET /', Target: 'integrations/Integration', AuthorizerId: 'a' },
  ],
  [
    'AWS::ApiGatewayV2::Route',
    'AuthorizationType',
    { AuthorizationType: 'JWT', RouteKey: 'GET /', Target: 'integrations/Integration' },
  ],
  [
    'AWS::ApiGatewayV2::Route',
    'unknown target integrations/Nowhere',
    { AuthorizationType: 'NONE', RouteKey: 'GET /', Target: 'integrations/Nowhere' },
  ],
  [
    'AWS::ApiGatewayV2::Integration',
    'It refers to the function Helper',
    {
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': ['Helper', 'Arn'] },
      PayloadFormatVersion: '2.0',
    },
  ],
  [
    'AWS::DynamoDB::GlobalTable',
    'StreamSpecification.StreamViewType',
    { ...table().Properties, StreamSpecification: { StreamViewType: 'KEYS_ONLY' } },
  ],
])('a resource %s that is not supported is an error that says: %s', (Type, message, Properties) => {
  const It = Properties ? { Type, Properties } : { Type };
  expect(() => stack({ It })).toThrow(/^template: /);
  expect(() => stack({ It })).toThrow('It');
  expect(() => stack({ It })).toThrow(message);
});

test('a resource that runs under a condition is an error that names it', () => {
  expect(() => stack({ It: { ...table(), Condition: 'InProduction' } })).toThrow(
    'It (AWS::DynamoDB::GlobalTable): the condition InProduction is not supported',
  );
});

test.each([
  ['SessionsAuthFunction6A59B7CF', 'Curfew auth: sign-in.', 'auth'],
  ['NotesFunction3EFCE747', 'Notes', 'notes'],
  ['DemoNotesHandler0A1B2C3D', undefined, 'demo-notes'],
  ['Function12345678', undefined, 'function'],
])('%s, described as %j, is called %s', (id, description, name) => {
  expect(shortName(id, description)).toBe(name);
});

test('two stacks in one assembly, or none, are an error', async () => {
  const artifact = { type: 'aws:cloudformation:stack', properties: { templateFile: 'a.json' } };
  const write = (artifacts: object) =>
    writeFile(path.join(folder, 'manifest.json'), JSON.stringify({ artifacts }));
  await write({ A: artifact, B: artifact });
  await expect(readAssembly(folder)).rejects.toThrow('found 2');
  await write({ Tree: { type: 'cdk:tree' } });
  await expect(readAssembly(folder)).rejects.toThrow('found 0');
});
