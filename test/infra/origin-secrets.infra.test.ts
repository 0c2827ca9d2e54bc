import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SecretValue, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { OriginSecrets } from '../../infra/constructs/origin-secrets.ts';
import { SessionService, type SessionServiceProps } from '../../infra/constructs/session-service.ts';
import { StaticSite, type StaticSiteProps } from '../../infra/constructs/static-site.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';
import { newStack, properties, synthesize, synthesizeSite } from '../support/stacks.ts';

let build: FixtureBuild;
beforeAll(async () => {
  build = await fixtureBuild();
});
afterAll(() => build.remove());

/** Those that answer requests of browsers. */
const CHECKING = ['Api', 'SessionsAuth', 'SessionsAuthorizer', 'SessionsSession'];

/** The service with a guarded function and an authorizer; the props may need the stack. */
function guarded(
  props: (stack: Stack) => SessionServiceProps = () => ({}),
  finish: (stack: Stack, sessions: SessionService) => void = () => undefined,
): Template {
  const stack = newStack(build);
  const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles, ...props(stack) });
  const api = new LambdaFunction(stack, 'Api', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler=1'),
  });
  // Before the site is known, and so are its secrets.
  sessions.protect(api);
  sessions.authorizer();
  sessions.administration();
  finish(stack, sessions);
  return Template.fromStack(stack);
}

const withSite =
  (site: Partial<StaticSiteProps> = {}) =>
  (stack: Stack, sessions: SessionService) =>
    void new StaticSite(stack, 'Site', { source: build.site, sessions, ...site });

/** The variable of every function that has it, by the beginning of the logical id. */
function variables(template: Template, name: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties(template, 'AWS::Lambda::Function')).flatMap(([id, { Environment }]) =>
      Environment?.Variables?.[name] === undefined
        ? []
        : [[id.replace(/(?:Function)?[0-9A-F]{8}$/, ''), Environment.Variables[name]]],
    ),
  );
}

/** What the distribution adds to its requests to the API. */
function sent(template: Template): unknown {
  const [distribution] = Object.values(properties(template, 'AWS::CloudFront::Distribution'));
  const headers = distribution.DistributionConfig.Origins.flatMap(
    ({ OriginCustomHeaders = [] }) => OriginCustomHeaders,
  );
  expect(headers).toMatchObject([{ HeaderName: 'x-curfew-origin' }]);
  return headers[0].HeaderValue;
}

/** Logical ids of the secrets that a value refers to, in their order. */
const secretsIn = (value: unknown) =>
  [...JSON.stringify(value).matchAll(/resolve:secretsmanager:","?.*?"Ref":"(\w+?)[0-9A-F]{8}"/g)].map(
    ([, id]) => id,
  );

/** The secrets that a site has made. */
const ofSite = (template: Template) =>
  Object.entries(properties(template, 'AWS::SecretsManager::Secret')).flatMap(([id, secret]) =>
    id.startsWith('Site') ? [secret] : [],
  );

describe('with a site', () => {
  test('its secret reaches every function that answers a browser, guarded ones included, and no other', () => {
    const template = guarded(undefined, withSite());
    const secrets = variables(template, 'ORIGIN_SECRET');
    expect(Object.keys(secrets).sort()).toEqual(CHECKING);
    for (const value of Object.values(secrets)) expect(value).toEqual(sent(template));
    expect(secretsIn(sent(template))).toEqual(['SiteOriginSecret']);
    expect(variables(template, 'PROXY_HOPS')).toEqual({ SessionsAuth: '1', SessionsSession: '1' });
  });

  test.each([
    [undefined, ['SiteOriginSecret']],
    [[1], ['SiteOriginSecret']],
    [
      [1, 2],
      ['SiteOriginSecret', 'SiteOriginSecret2'],
    ],
    [
      [2, 1],
      ['SiteOriginSecret2', 'SiteOriginSecret'],
    ],
    [[2], ['SiteOriginSecret2']],
  ])('numbers %j: the first is sent, %j are accepted, and none is in the template', (numbers, accepted) => {
    const template = guarded(undefined, withSite(numbers && { originSecretNumbers: numbers }));
    expect(secretsIn(sent(template))).toEqual(accepted.slice(0, 1));
    for (const value of Object.values(variables(template, 'ORIGIN_SECRET'))) {
      expect(secretsIn(value)).toEqual(accepted);
      // Only references, and the space between them.
      if (accepted.length === 2) expect(JSON.stringify(value)).toMatch(/:SecretString:::}} {{resolve:/);
    }
    const made = ofSite(template);
    expect(made).toHaveLength(accepted.length);
    for (const { GenerateSecretString, SecretString } of made) {
      expect(GenerateSecretString).toEqual({ ExcludePunctuation: true, PasswordLength: 48 });
      expect(SecretString).toBeUndefined();
    }
  });

  test.each([[[]], [[0]], [[1.5]], [[-1]]])('numbers %j are refused', (originSecretNumbers) => {
    expect(() => synthesizeSite({}, build, { originSecretNumbers })).toThrow(/originSecretNumbers must be/);
  });
});

describe('with secrets of one’s own', () => {
  const own = (stack: Stack) => ({
    siteUrl: 'https://app.example.com',
    originSecrets: ['Old', 'New'].map((id) => new Secret(stack, id).secretValue),
  });

  test('a distribution of one’s own sends the first, and all functions accept each', () => {
    const template = guarded(own, (stack, sessions) => {
      const customHeaders = sessions.originHeaders;
      new Distribution(stack, 'Own', {
        defaultBehavior: { origin: new HttpOrigin('api.example.com', { customHeaders }) },
      });
    });
    expect(secretsIn(sent(template))).toEqual(['Old']);
    const secrets = variables(template, 'ORIGIN_SECRET');
    expect(Object.keys(secrets).sort()).toEqual(CHECKING);
    for (const value of Object.values(secrets)) expect(secretsIn(value)).toEqual(['Old', 'New']);
    expect(variables(template, 'PROXY_HOPS')).toEqual({ SessionsAuth: '1', SessionsSession: '1' });
  });

  test('a site sends them, and makes none', () => {
    const template = guarded(own, withSite());
    expect(secretsIn(sent(template))).toEqual(['Old']);
    expect(ofSite(template)).toEqual([]);
    expect(() => guarded(own, withSite({ originSecretNumbers: [1, 2] }))).toThrow(
      /originSecretNumbers: the service has origin secrets already/,
    );
  });

  test('a text that no function would start with is refused, without it in the message', () => {
    for (const text of ['short', `${'o'.repeat(40)} `, '']) {
      const making = () => new OriginSecrets([SecretValue.unsafePlainText(text)]);
      expect(making).toThrow(/originSecrets must have 32 or more characters/);
      expect(making).not.toThrow(/o{40}/);
    }
  });
});

describe('without any', () => {
  test('no function has the variable, and no address is taken from X-Forwarded-For, whether or not there is a siteUrl', () => {
    for (const props of [{}, { siteUrl: 'https://app.example.com' }]) {
      const template = guarded(() => props);
      expect(variables(template, 'ORIGIN_SECRET')).toEqual({});
      expect(variables(template, 'PROXY_HOPS')).toEqual({ SessionsAuth: '0', SessionsSession: '0' });
    }
  });

  test('a distribution that is to send one fails when the template is written', () => {
    const making = () =>
      guarded(undefined, (stack, sessions) => {
        const customHeaders = sessions.originHeaders;
        new Distribution(stack, 'Own', {
          defaultBehavior: { origin: new HttpOrigin('api.example.com', { customHeaders }) },
        });
      });
    expect(making).toThrow(/originSecrets: there is none/);
  });
});

test.each([
  [undefined, 'true', true],
  [true, 'true', true],
  [false, 'false', false],
])('logAddresses %s: in the log of requests and in the access log', (logAddresses, variable, inAccessLog) => {
  const { template } = synthesize(logAddresses === undefined ? {} : { logAddresses }, build);
  expect(variables(template, 'LOG_ADDRESSES')).toEqual({ SessionsAuth: variable, SessionsSession: variable });
  const [stage] = Object.values(properties(template, 'AWS::ApiGatewayV2::Stage'));
  expect(stage.AccessLogSettings.Format.includes('$context.identity.sourceIp')).toBe(inAccessLog);
  expect(stage.AccessLogSettings.Format).toContain('$context.requestId');
});
