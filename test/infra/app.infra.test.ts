import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { App, type Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { buildApp } from '../../examples/demo/app.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';

let build: FixtureBuild;
beforeAll(async () => {
  build = await fixtureBuild();
});
afterAll(() => build.remove());

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));

/** The app as the CLI runs it, checks included. */
function synthesized(extra: Record<string, string> = {}, change: (stack: Stack) => void = () => {}): string {
  const outdir = mkdtempSync(path.join(tmpdir(), 'curfew-synth-'));
  try {
    const all = { ...context, ...build.context, ...extra };
    const app = new App({ outdir, postCliContext: all, analyticsReporting: false });
    change(buildApp(app));
    return JSON.stringify(app.synth().stacks[0]!.template);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** Identities whose change replaces the resource, and with it what it holds. */
const STATEFUL = /GlobalTable|UserPool|Bucket$|EventBus|Queue|Distribution$|Secret$|::Api$/;

test('every rule of AwsSolutions is met or acknowledged with its reason; another finding would fail the synthesis', () => {
  expect(() => synthesized()).not.toThrow();
  expect(() => synthesized({}, (stack) => void new Queue(stack, 'Unchecked'))).toThrow();
});

test('the app runs alone: no credentials, no region, no CLI', () => {
  const outdir = mkdtempSync(path.join(tmpdir(), 'curfew-synth-'));
  const all = { ...context, ...build.context };
  execFileSync(process.execPath, ['examples/demo/app.ts'], {
    env: { PATH: process.env.PATH, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(all) },
    stdio: 'pipe',
  });
  const template = readFileSync(path.join(outdir, 'Curfew.template.json'), 'utf8');
  rmSync(outdir, { recursive: true, force: true });
  expect(JSON.parse(template)).toEqual(JSON.parse(synthesized()));
});

test('an upgrade replaces nothing that keeps something: logical ids', () => {
  const { Resources } = JSON.parse(synthesized()) as { Resources: Record<string, { Type: string }> };
  const ids = Object.entries(Resources)
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
  "AWS::DynamoDB::GlobalTable SessionsDataTable98319C40",
  "AWS::Events::EventBus SessionsBus6F5798E5",
  "AWS::S3::Bucket SiteBucket978D4AEB",
  "AWS::SQS::Queue SessionsEventsFailures7A10389A",
  "AWS::SQS::QueuePolicy SessionsEventsFailuresPolicy8EAF0690",
  "AWS::SecretsManager::Secret SiteOriginSecret030A7F63",
]
`);
});

test.each([
  [{ 'curfew:idle': '1h', 'curfew:absolute': '2h' }, /absoluteTimeout .* at least 10 × idleTimeout/],
  [{ 'curfew:idle': 'soon' }, /idleTimeout must be a duration like 90s/],
  [{ 'curfew:policy': 'hipaa' }, /unknown preset 'hipaa'/],
  [{ 'curfew:issuer': 'http://id.example', 'curfew:clientId': 'a' }, /issuer must be an https:/],
  [{ 'curfew:issuer': 'https://id.example' }, /curfew:issuer and curfew:clientId go together/],
  [{ 'curfew:site': '/nowhere' }, /there is no folder \/nowhere; run: npm run build/],
])('%j fails, naming what is wrong', (extra, message) => {
  expect(() => synthesized(extra as Record<string, string>)).toThrow(message);
});

test('a client secret is read from Secrets Manager by the sign-in function alone, and is in no variable', () => {
  const template = synthesized({
    'curfew:issuer': 'https://id.example',
    'curfew:clientId': 'app',
    'curfew:clientSecret': 'curfew/client',
  });
  const { Resources } = JSON.parse(template) as {
    Resources: Record<string, { Type: string; Properties: object }>;
  };
  const readers = Object.entries(Resources).filter(
    ([, { Type, Properties }]) =>
      Type === 'AWS::IAM::Policy' && JSON.stringify(Properties).includes('GetSecretValue'),
  );
  expect(readers.map(([id]) => id)).toEqual([expect.stringMatching(/^SessionsAuth/)]);
  expect(template).not.toContain('resolve:secretsmanager:curfew/client');
});

test('the demo identity exists in the local stage only', () => {
  expect(synthesized({ 'curfew:stage': 'local' })).toContain('DemoIssuer');
  for (const stage of ['production', 'staging']) {
    expect(synthesized({ 'curfew:stage': stage })).not.toMatch(/DemoIssuer|curfew-local|127/);
  }
});

test('the site: private, on one origin with the API, nothing of which is cached, no page for an API error', () => {
  const { Resources } = JSON.parse(synthesized());
  const one = (type: string) =>
    Object.values(Resources).find((r) => (r as { Type: string }).Type === type) as never;
  const { DistributionConfig: config } = (one('AWS::CloudFront::Distribution') as { Properties: never })
    .Properties as {
    // biome-ignore lint/suspicious/noExplicitAny: templates are data
    DistributionConfig: any;
  };
  expect(config.CustomErrorResponses).toBeUndefined();
  const [api] = config.CacheBehaviors;
  expect(api).toMatchObject({
    PathPattern: '/api/*',
    CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
    OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
    ViewerProtocolPolicy: 'https-only',
  });
  expect(api.AllowedMethods).toContain('POST');
  const origin = config.Origins.find(({ Id }: { Id: string }) => Id === api.TargetOriginId);
  const secret = origin.OriginCustomHeaders[0];
  expect(secret.HeaderName).toBe('x-curfew-origin');
  expect(JSON.stringify(secret.HeaderValue)).toContain('resolve:secretsmanager');
  const { PublicAccessBlockConfiguration: block } = (
    one('AWS::S3::Bucket') as { Properties: Record<string, never> }
  ).Properties;
  expect(Object.values(block as unknown as object)).toEqual([true, true, true, true]);
  expect(config.Origins[0].OriginAccessControlId).toBeDefined();
});
