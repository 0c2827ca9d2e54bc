import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { buildApp } from '../../../examples/demo/app.ts';
import { unpackAssembly } from '../../compat/last-assembly.ts';
import { type FixtureBuild, fixtureBuild } from '../../support/bundles.ts';
import { newApp } from '../../support/stacks.ts';

type Context = Readonly<Record<string, string>>;

const { context: cdkContext } = JSON.parse(readFileSync('cdk.json', 'utf8'));
let build: FixtureBuild;
/** The template of a production deployment, as the app writes it in a process of its own. */
let production: string;

beforeAll(async () => {
  build = await fixtureBuild();
  const outdir = path.join(build.root, 'production');
  execFileSync(process.execPath, ['examples/demo/app.ts'], {
    // Neither credentials nor a region, and no CLI around it.
    env: { PATH: process.env.PATH, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(contextOf({})) },
    stdio: 'pipe',
  });
  production = path.join(outdir, 'Curfew.template.json');
});
afterAll(() => build.remove());

function contextOf(extra: Context): Context {
  return { ...cdkContext, ...build.context, ...extra };
}

/** The template of another configuration, its checks included. */
function synthesized(extra: Context, change: (stack: Stack) => void = () => {}): string {
  const app = newApp(build, contextOf(extra));
  change(buildApp(app));
  return JSON.stringify(app.synth().stacks[0]!.template);
}

const TOPICS = ['arn:aws:sns:eu-west-1:123456789012:alarms', 'arn:aws:sns:eu-west-1:123456789012:pager'];

interface Resource {
  readonly Type: string;
  readonly Properties: object;
}

function resourcesIn(template: string): [id: string, Resource][] {
  return Object.entries((JSON.parse(template) as { Resources: Record<string, Resource> }).Resources);
}

/** Identities whose change replaces the resource, and with it what it holds. */
const STATEFUL = /GlobalTable|UserPool|Bucket$|EventBus|Queue|Distribution$|Secret$|::Api$/;

test('every rule of AwsSolutions is met or acknowledged with its reason: one more finding fails the synthesis', () => {
  expect(resourcesIn(readFileSync(production, 'utf8')).length).toBeGreaterThan(50);
  expect(() => synthesized({}, (stack) => void new Queue(stack, 'Unchecked'))).toThrow();
});

test('so is every rule of the packs for PCI DSS, HIPAA and NIST with rulePacks', () => {
  const context = { 'curfew:rulePacks': 'true', 'curfew:alarmTopics': TOPICS[0]! };
  expect(() => synthesized(context)).not.toThrow();
  // The packs ask for a key of the log group, AwsSolutions does not.
  expect(() => synthesized(context, (stack) => void new LogGroup(stack, 'Unchecked'))).toThrow();
});

test('the CDK’s own validation finds nothing in the template', () => {
  const report = path.join(path.dirname(production), 'validation-report.json');
  expect(JSON.parse(readFileSync(report, 'utf8')).pluginReports).toEqual([]);
});

/** cfn-lint is a Python program: where it is not installed, its test is skipped, but never under CI. */
const hasCfnLint = spawnSync('cfn-lint', ['--version']).status === 0;
if (!hasCfnLint && process.env.CI) {
  throw new Error('cfn-lint is required under CI: python3 -m pip install cfn-lint');
}
if (!hasCfnLint) console.warn('SKIPPED: cfn-lint is not installed (python3 -m pip install cfn-lint)');

(hasCfnLint ? test : test.skip)('the template is clean for cfn-lint', () => {
  // W3005: CDK names dependencies twice, which harms nothing.
  const args = ['--ignore-checks', 'W3005', '--', production];
  const { stdout, stderr } = spawnSync('cfn-lint', args, { encoding: 'utf8' });
  expect(stdout + stderr).toBe('');
});

test('an upgrade replaces nothing that holds data: logical ids', () => {
  const ids = resourcesIn(readFileSync(production, 'utf8'))
    .filter(([, { Type }]) => STATEFUL.test(Type))
    .map(([id, { Type }]) => `${Type} ${id}`)
    .sort();
  expect(ids).toMatchInlineSnapshot(`
[
  "AWS::ApiGatewayV2::Api SessionsHttpApiA55206CE",
  "AWS::CloudFront::Distribution SiteDistribution390DED28",
  "AWS::Cognito::UserPool SessionsIdentityUsersEA852AC9",
  "AWS::Cognito::UserPoolClient SessionsIdentityClient398E2A19",
  "AWS::Cognito::UserPoolDomain SessionsIdentityDomainBEBFE70B",
  "AWS::DynamoDB::GlobalTable NotesTable7100B0E8",
  "AWS::DynamoDB::GlobalTable SessionsDataTable98319C40",
  "AWS::Events::EventBus SessionsBus6F5798E5",
  "AWS::S3::Bucket SiteBucket978D4AEB",
  "AWS::SQS::Queue SessionsEventsFailures7A10389A",
  "AWS::SQS::QueuePolicy SessionsEventsFailuresPolicy8EAF0690",
  "AWS::SecretsManager::Secret SessionsServiceSecretC9C522C7",
  "AWS::SecretsManager::Secret SiteOriginSecret030A7F63",
]
`);
});

/** What the chapter "From 0.1" of docs/upgrading.md says of an update from 0.1 that keeps no name, and of the way back. */
const SAID = [
  'replace AWS::Events::EventBus SessionsBus6F5798E5',
  'replace AWS::Logs::LogGroup SessionsHttpAccessLogs1A009246',
];
const GONE_BACK = [
  'orphan AWS::SecretsManager::Secret SessionsServiceSecretC9C522C7',
  'orphan AWS::DynamoDB::GlobalTable NotesTable7100B0E8',
  'orphan AWS::Logs::LogGroup SiteContentLogs87D9EB6A',
];

/** What holds data and is removed or replaced where an assembly is deployed over a template, as `cdk diff` says it. */
function lost(template: object, assembly: string): string[] {
  const file = path.join(build.root, 'before.template.json');
  writeFileSync(file, JSON.stringify(template));
  const args = ['diff', 'Curfew', '--app', assembly, '--template', file, '--no-color'];
  const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/aws-cdk/bin/cdk', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: build.root, AWS_EC2_METADATA_DISABLED: 'true' },
  });
  const printed = stdout + stderr;
  expect([status, printed]).toEqual([0, expect.stringContaining('Resources\n')]);
  // A secret would get a new value, in place.
  expect(printed).not.toContain('GenerateSecretString');
  const changes = printed.matchAll(/^\[.\] (AWS::\S+) .*?(\S+) (destroy|orphan|replace|may be replaced)$/gm);
  return [...changes]
    .filter(([, type = '']) => STATEFUL.test(type) || type === 'AWS::Logs::LogGroup')
    .map(([, type, id, impact]) => `${impact} ${type} ${id}`);
}

test('an upgrade from the last release removes and replaces nothing that holds data, but for the bus and the group of the access log', async () => {
  const last = path.join(build.root, 'last');
  await unpackAssembly(last);
  const before = JSON.parse(readFileSync(path.join(last, 'Curfew.template.json'), 'utf8'));
  // Two that would be lost, so that this is seen to be noticed.
  before.Resources.SiteBucket978D4AEB.Properties.BucketName = 'named';
  before.Resources.Other = { ...before.Resources.SessionsDataTable98319C40, DeletionPolicy: 'Delete' };
  expect(lost(before, path.dirname(production)).filter((one) => !SAID.includes(one))).toEqual([
    'destroy AWS::DynamoDB::GlobalTable Other',
    'replace AWS::S3::Bucket SiteBucket978D4AEB',
  ]);

  // 0.1 had one name for all of its services.
  const { SESSION_SERVICE = 'curfew' } =
    before.Resources.SessionsEventsPublishFunction511EEE44.Properties.Environment.Variables;
  const names = { 'curfew:busName': before.Resources.SessionsBus6F5798E5.Properties.Name };
  const kept = JSON.parse(synthesized({ ...names, 'curfew:serviceName': SESSION_SERVICE }));
  const said = [...SAID.filter((one) => !one.includes('::EventBus ')), ...GONE_BACK];
  expect(lost(kept, last).filter((one) => !said.includes(one))).toEqual([]);
});

const DOMAIN = {
  'curfew:domain': 'app.example.com',
  'curfew:certificate': 'arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c',
};
const WEB_ACL = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/site/0f1e2d3c';
test('topics for alarms, domain, certificate, web ACL and log bucket are taken from the context', () => {
  const template = synthesized({
    ...DOMAIN,
    'curfew:alarmTopics': TOPICS.join(','),
    'curfew:webAcl': WEB_ACL,
    'curfew:logBucket': 'example-logs',
  });
  const of = (type: string) =>
    resourcesIn(template)
      .filter(([, { Type }]) => Type === type)
      // biome-ignore lint/suspicious/noExplicitAny: templates are data
      .map(([, { Properties }]) => Properties as any);
  const alarms = of('AWS::CloudWatch::Alarm');
  expect(alarms.length).toBeGreaterThan(0);
  for (const { AlarmActions, InsufficientDataActions } of alarms) {
    expect(AlarmActions ?? InsufficientDataActions).toEqual(TOPICS);
  }
  const [{ DistributionConfig: site }] = of('AWS::CloudFront::Distribution');
  expect(site.Aliases).toEqual(['app.example.com']);
  expect(site.ViewerCertificate.AcmCertificateArn).toBe(DOMAIN['curfew:certificate']);
  expect(site.WebACLId).toBe(WEB_ACL);
  expect(template).toContain('example-logs');
  const variables = of('AWS::Lambda::Function').map(({ Environment }) => Environment?.Variables?.SITE_URL);
  expect(variables).toContain('https://app.example.com');
});

test('names, key and what becomes of the data are taken from the context', () => {
  const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';
  const template = synthesized({
    'curfew:stage': 'trial',
    'curfew:busName': 'ours',
    'curfew:serviceName': 'sessions.trial',
    'curfew:encryptionKey': KEY,
    'curfew:removalPolicy': 'retain-on-update-or-delete',
    'curfew:deletionProtection': 'true',
  });
  const [[, table]] = resourcesIn(template).filter(([id]) => id.startsWith('SessionsDataTable')) as [
    [string, Resource],
  ];
  expect(table).toMatchObject({
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: {
      Replicas: [{ DeletionProtectionEnabled: true, SSESpecification: { KMSMasterKeyId: KEY } }],
    },
  });
  expect(template).toContain('"SESSION_SERVICE":"sessions.trial"');
  expect(template).toContain('"Name":"ours"');
});

test.each<[Context, RegExp]>([
  [{ 'curfew:serviceName': 'a b' }, /serviceName must have 1 to 64 letters/],
  [{ 'curfew:removalPolicy': 'keep' }, /curfew:removalPolicy must be one of retain, .*, not 'keep'/],
  [{ 'curfew:deletionProtection': 'on' }, /curfew:deletionProtection must be one of true, false, not 'on'/],
  [{ 'curfew:rulePacks': 'yes' }, /curfew:rulePacks must be one of true, false, not 'yes'/],
  [{ 'curfew:encryptionKey': 'alias/ours' }, /curfew:encryptionKey must be the ARN of a key of KMS/],
  [{ 'curfew:idle': '1h', 'curfew:absolute': '2h' }, /absoluteTimeout .* at least 10 × idleTimeout/],
  [{ 'curfew:stage': 'a/b' }, /curfew:stage must be 1 to 100 letters/],
  [
    { 'curfew:alarmTopics': 'arn:aws:sqs:eu-west-1:123456789012:q' },
    /curfew:alarmTopics must be the ARN of an SNS topic/,
  ],
  [{ 'curfew:domain': 'app.example.com' }, /curfew:domain and curfew:certificate go together/],
  [{ ...DOMAIN, 'curfew:domain': 'https://app.example.com' }, /curfew:domain must be a host name/],
  [
    { ...DOMAIN, 'curfew:certificate': DOMAIN['curfew:certificate'].replace('us-east-1', 'eu-west-1') },
    /curfew:certificate must be .* in us-east-1/,
  ],
  [
    { 'curfew:webAcl': WEB_ACL.replace('global', 'regional') },
    /curfew:webAcl must be .* of scope CLOUDFRONT/,
  ],
  [{ 'curfew:logBucket': 'Logs' }, /curfew:logBucket must be the name of a bucket/],
  [{ 'curfew:idle': 'soon' }, /idleTimeout must be a duration like 90s/],
  [{ 'curfew:policy': 'hipaa' }, /unknown preset 'hipaa'/],
  [{ 'curfew:issuer': 'http://id.example', 'curfew:clientId': 'a' }, /issuer must be an https:/],
  [{ 'curfew:issuer': 'https://id.example' }, /curfew:issuer and curfew:clientId go together/],
  [{ 'curfew:site': '/nowhere' }, /there is no folder \/nowhere; run: npm run build/],
])('%j fails, naming what is wrong', (extra, message) => {
  expect(() => synthesized(extra)).toThrow(message);
});

test('a client secret is read from Secrets Manager by the sign-in function only, and is in no variable', () => {
  const template = synthesized({
    'curfew:issuer': 'https://id.example',
    'curfew:clientId': 'app',
    'curfew:clientSecret': 'curfew/client',
  });
  const readers = resourcesIn(template).filter(
    ([, { Type, Properties }]) =>
      Type === 'AWS::IAM::Policy' && JSON.stringify(Properties).includes('curfew/client'),
  );
  expect(readers.map(([id]) => id)).toEqual([expect.stringMatching(/^SessionsAuth/)]);
  expect(template).not.toContain('resolve:secretsmanager:curfew/client');
});

test('the local stage takes a provider of one’s own, on this machine too, and no user is known to everybody', () => {
  const issuer = 'http://127.0.0.1:8180/realms/app';
  const own = { 'curfew:issuer': issuer, 'curfew:clientId': 'app', 'curfew:clientSecret': 'app-secret' };
  const local = synthesized({ ...own, 'curfew:stage': 'local' });
  expect(local).toContain(`"OIDC_ISSUER":"${issuer}","OIDC_CLIENT_ID":"app"`);
  expect(local).toContain('"Name":"app-secret"');
  expect(local).not.toMatch(/DemoIssuer|curfew-local/);
  expect(() => synthesized({ ...own, 'curfew:stage': 'production' })).toThrow(/issuer must be an https/);
});

test('the demo identity exists in the local stage only', () => {
  expect(synthesized({ 'curfew:stage': 'local' })).toContain('DemoIssuer');
  for (const deployed of [readFileSync(production, 'utf8'), synthesized({ 'curfew:stage': 'staging' })]) {
    expect(deployed).not.toMatch(/DemoIssuer|curfew-local|127/);
  }
});
