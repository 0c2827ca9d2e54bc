import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  type BehaviorOptions,
  Distribution,
  type DistributionProps,
  Function as EdgeFunction,
  experimental,
  FunctionCode,
  FunctionEventType,
  LambdaEdgeEventType,
  ResponseHeadersPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { SessionBehaviorsOptions } from '../../infra/constructs/session-behaviors.ts';
import { SessionService, type SessionServiceProps } from '../../infra/constructs/session-service.ts';
import { StaticSite } from '../../infra/constructs/static-site.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';
import { newApp, newStack, properties } from '../support/stacks.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are data
type Data = any;

let build: FixtureBuild;
beforeAll(async () => {
  build = await fixtureBuild();
});
afterAll(() => build.remove());

const PAGES = new HttpOrigin('pages.example.com');
const ORDERS = new HttpOrigin('orders.example.com');
const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c';

const service = (stack: Stack, props: SessionServiceProps = {}) =>
  new SessionService(stack, 'Sessions', { bundles: build.bundles, alarms: false, ...props });

const distribution = (stack: Stack, { behavior = {}, names = [], ...props }: Existing = {}): Distribution =>
  new Distribution(stack, 'Existing', {
    defaultBehavior: { origin: PAGES, ...behavior },
    ...(names.length > 0 && {
      domainNames: [...names],
      certificate: Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE),
    }),
    ...props,
  });

interface Existing extends Partial<DistributionProps> {
  readonly behavior?: Partial<BehaviorOptions>;
  readonly names?: readonly string[];
}

/** A distribution that was there, with the service behind it, in one stack. */
function added(
  options: SessionBehaviorsOptions = {},
  existing: (stack: Stack) => Existing = () => ({}),
  props: SessionServiceProps = {},
  finish: (made: Distribution, sessions: SessionService) => void = () => undefined,
): Template {
  const stack = newStack(build);
  const sessions = service(stack, props);
  const made = distribution(stack, existing(stack));
  sessions.addTo(made, options);
  finish(made, sessions);
  return Template.fromStack(stack);
}

const configOf = (template: Template): Data => {
  const [only, ...others] = Object.values(properties(template, 'AWS::CloudFront::Distribution'));
  expect(others).toEqual([]);
  return only.DistributionConfig;
};

const patterns = (template: Template): string[] =>
  configOf(template).CacheBehaviors.map(({ PathPattern }: Data) => PathPattern);

const apiOrigin = (template: Template): Data => {
  const { CacheBehaviors, Origins } = configOf(template);
  return Origins.find(({ Id }: Data) => Id === CacheBehaviors[0].TargetOriginId);
};

const variable = (template: Template, id: string, name: string): Data => {
  const found = Object.entries(properties(template, 'AWS::Lambda::Function')).find(([key]) =>
    key.startsWith(id),
  );
  return found?.[1].Environment.Variables[name];
};

describe('a distribution that was there', () => {
  test('leads the API’s paths to the service, as a StaticSite does, and keeps its own', () => {
    const ours = added();
    const stack = newStack(build);
    const sessions = service(stack);
    new StaticSite(stack, 'Site', { sessions, source: build.site });
    const site = Template.fromStack(stack);
    const alike = (template: Template) => {
      const { TargetOriginId, ResponseHeadersPolicyId, ...behavior } = configOf(template).CacheBehaviors[0];
      const { Id, ...origin } = apiOrigin(template);
      return JSON.stringify([behavior, origin]).replaceAll(/(?:Sessions|Site)OriginSecret\w+/g, 'Secret');
    };
    expect(alike(ours)).toBe(alike(site));
    expect(patterns(ours)).toEqual(['/api/*']);
    const { DefaultCacheBehavior, CustomErrorResponses, Origins } = configOf(ours);
    expect(DefaultCacheBehavior).not.toHaveProperty('FunctionAssociations');
    expect(Origins[0].DomainName).toBe('pages.example.com');
    expect(CustomErrorResponses).toEqual(configOf(site).CustomErrorResponses);
    ours.resourceCountIs('AWS::CloudFront::Function', 0);
  });

  test('sends the secret that the service’s functions accept, and is the site', () => {
    const template = added();
    const [{ HeaderName, HeaderValue }] = apiOrigin(template).OriginCustomHeaders;
    expect(HeaderName).toBe('x-curfew-origin');
    for (const id of ['SessionsAuth', 'SessionsSession']) {
      expect(variable(template, id, 'ORIGIN_SECRET')).toEqual(HeaderValue);
      expect(variable(template, id, 'SITE_URL')).toEqual({
        'Fn::Join': ['', ['https://', { 'Fn::GetAtt': [expect.stringMatching(/^Existing/), 'DomainName'] }]],
      });
    }
  });

  test('has TLS kept for replies of the API, of its own host alone, or headers of yours', () => {
    const [policy] = Object.values(properties(added(), 'AWS::CloudFront::ResponseHeadersPolicy'));
    expect(policy.ResponseHeadersPolicyConfig.SecurityHeadersConfig).toEqual({
      StrictTransportSecurity: {
        AccessControlMaxAgeSec: 31_536_000,
        IncludeSubdomains: false,
        Override: true,
      },
    });
    const responseHeadersPolicy = ResponseHeadersPolicy.SECURITY_HEADERS;
    const own = added({ responseHeadersPolicy });
    own.resourceCountIs('AWS::CloudFront::ResponseHeadersPolicy', 0);
    expect(configOf(own).CacheBehaviors[0].ResponseHeadersPolicyId).toBe(
      responseHeadersPolicy.responseHeadersPolicyId,
    );
  });

  test('rotates its secret by numbers, unless the service has some of its own', () => {
    const template = added({ originSecretNumbers: [2, 1] });
    expect(JSON.stringify(apiOrigin(template))).toContain('SessionsOriginSecret2');
    expect(JSON.stringify(variable(template, 'SessionsAuth', 'ORIGIN_SECRET'))).toMatch(
      /SessionsOriginSecret2.*SessionsOriginSecret[0-9A-F]{8}/,
    );
    const originSecrets = [SecretValue.unsafePlainText('o'.repeat(32))];
    expect(apiOrigin(added({}, undefined, { originSecrets })).OriginCustomHeaders[0].HeaderValue).toBe(
      'o'.repeat(32),
    );
    expect(() => added({ originSecretNumbers: [1] }, undefined, { originSecrets })).toThrow(
      /originSecretNumbers: the service has origin secrets already/,
    );
  });

  test('keeps a page for an outage, and gets no other for the API’s errors', () => {
    const errorResponse = (httpStatus: number, more: object) => () => ({
      errorResponses: [{ httpStatus, ttl: Duration.seconds(0), ...more }],
    });
    const outage = { responsePagePath: '/maintenance.html' };
    expect(configOf(added({}, errorResponse(503, outage))).CustomErrorResponses).toContainEqual({
      ErrorCode: 503,
      ErrorCachingMinTTL: 0,
      ResponseCode: 503,
      ResponsePagePath: '/maintenance.html',
    });
    const route = { responsePagePath: '/index.html', responseHttpStatus: 200 };
    expect(() => added({}, errorResponse(404, route))).toThrow(/errorResponses: 404 gets a page/);
  });

  test('takes other origins with guarded handlers, which send the secret too, with the same options but the headers of replies', () => {
    const stack = newStack(build);
    const sessions = service(stack);
    const made = distribution(stack);
    const { options } = sessions.addTo(made);
    const customHeaders = sessions.originHeaders;
    made.addBehavior('/orders/*', new HttpOrigin('orders.example.com', { customHeaders }), options);
    const { CacheBehaviors, Origins } = configOf(Template.fromStack(stack));
    const [{ ResponseHeadersPolicyId, ...api }, orders] = CacheBehaviors;
    expect(ResponseHeadersPolicyId).toEqual({ Ref: expect.stringContaining('Headers') });
    expect(orders).toEqual({
      ...api,
      PathPattern: '/orders/*',
      TargetOriginId: expect.not.stringMatching(api.TargetOriginId),
    });
    const sent = ({ TargetOriginId }: Data) =>
      Origins.find(({ Id }: Data) => Id === TargetOriginId).OriginCustomHeaders;
    expect(sent(orders)).toEqual(sent(api));
    expect(sent(api)).toMatchObject([{ HeaderName: 'x-curfew-origin' }]);
  });

  test('leads to an API that is known by its id alone', () => {
    const stack = newStack(build, 'Test', 'eu-west-1');
    const httpApi = HttpApi.fromHttpApiAttributes(stack, 'Api', { httpApiId: 'abc' });
    service(stack, { httpApi }).addTo(distribution(stack));
    expect(JSON.stringify(apiOrigin(Template.fromStack(stack)).DomainName)).toContain(
      '"https://abc.execute-api.eu-west-1."',
    );
  });

  test('is made in the app: of one that is imported nothing can be set', () => {
    const stack = newStack(build);
    const attributes = { distributionId: 'E2EXAMPLE', domainName: 'd1example.cloudfront.net' };
    // As JavaScript passes it.
    const imported = Distribution.fromDistributionAttributes(stack, 'Imported', attributes) as Distribution;
    expect(() => service(stack).addTo(imported)).toThrow(/addTo: the distribution is known by its id only/);
  });

  test('has one service', () => {
    const twice = () => added({}, undefined, {}, (made, sessions) => sessions.addTo(made));
    expect(twice).toThrow(/There is already a Construct/);
  });

  test('is the only one of its service, unless siteUrl says which is the site', () => {
    const two = (props: SessionServiceProps, options: SessionBehaviorsOptions = {}) => {
      const stack = newStack(build);
      const sessions = service(stack, props);
      sessions.addTo(distribution(stack));
      const other = new Distribution(stack, 'Other', { defaultBehavior: { origin: PAGES } });
      sessions.addTo(other, options);
    };
    const siteUrl = 'https://app.example.com';
    expect(() => two({})).toThrow(/siteUrl: the service is behind a distribution already/);
    expect(() => two({ siteUrl })).not.toThrow();
    expect(() => two({ siteUrl }, { originSecretNumbers: [1] })).toThrow(
      /originSecretNumbers: the service has origin secrets already.*for another distribution/,
    );
  });
});

describe('paths', () => {
  const NARROW = ['/api/auth/*', '/api/session*', '/api/mark', '/api/run/*'];

  test('may be narrow, beside another API under /api', () => {
    const template = added({ paths: NARROW }, undefined, {}, (made) => made.addBehavior('/api/*', ORDERS));
    expect(patterns(template)).toEqual([...NARROW, '/api/*']);
  });

  test('are said to CloudFront once, those of the challenge first', () => {
    const template = added({ paths: NARROW }, undefined, { browserClose: 'run' });
    expect(patterns(template)).toEqual([
      '/api/mark',
      '/api/run/set',
      '/api/auth/*',
      '/api/session*',
      '/api/run/*',
    ]);
  });

  test('stand behind those that are there, which may take none of the service’s routes', () => {
    const earlier = (pattern: string) => () => ({ additionalBehaviors: { [pattern]: { origin: ORDERS } } });
    expect(patterns(added({}, earlier('/api/orders/*')))).toEqual(['/api/orders/*', '/api/*']);
    expect(patterns(added({}, earlier('/api/openapi.json')))).toEqual(['/api/openapi.json', '/api/*']);
    for (const pattern of ['/api/*', 'api/*', '/*/session', '/api/sessio?', '/api/auth/*']) {
      expect(() => added({}, earlier(pattern))).toThrow(
        `behavior '${pattern}' of the distribution comes first`,
      );
    }
  });

  test('lead every route to the service', () => {
    for (const left of NARROW) {
      const paths = NARROW.filter((pattern) => pattern !== left);
      expect(() => added({ paths })).toThrow(/paths: none of .* leads \/api\/.* to the service/);
    }
  });
});

describe('the one function for viewer requests', () => {
  const associations = (template: Template) =>
    configOf(template).DefaultCacheBehavior.FunctionAssociations ?? [];
  const viewing = (eventType: FunctionEventType) => (stack: Stack) => ({
    behavior: {
      functionAssociations: [
        { eventType, function: new EdgeFunction(stack, 'Own', { code: FunctionCode.fromInline('x') }) },
      ],
    },
  });

  test.each([
    [{}, 'cookie', 0, []],
    [{}, 'run', 1, ['/api/mark', '/api/run/set']],
    [{ pageRoutes: true }, 'cookie', 1, ['*']],
    [{ pageRoutes: true }, 'last-page', 1, ['*', '/api/mark', '/api/run/set']],
  ] as const)('%j, browserClose %s: %i, on %j', (options, browserClose, count, paths) => {
    const template = added(options, undefined, { browserClose });
    template.resourceCountIs('AWS::CloudFront::Function', count);
    const { DefaultCacheBehavior, CacheBehaviors } = configOf(template);
    const asked = [{ PathPattern: '*', ...DefaultCacheBehavior }, ...CacheBehaviors].filter(
      ({ FunctionAssociations = [] }) => FunctionAssociations.length > 0,
    );
    expect(asked.map(({ PathPattern }) => PathPattern)).toEqual(paths);
    const arns = asked.map(({ FunctionAssociations }) => FunctionAssociations[0].FunctionARN);
    expect(new Set(arns.map((arn) => JSON.stringify(arn))).size).toBe(count);
    expect(CacheBehaviors.at(-1)).toMatchObject({ PathPattern: '/api/*' });
    expect(CacheBehaviors.at(-1)).not.toHaveProperty('FunctionAssociations');
  });

  test('stands beside one of yours for responses, and not beside one for requests, which it names', () => {
    const template = added({ pageRoutes: true }, viewing(FunctionEventType.VIEWER_RESPONSE));
    expect(associations(template).map(({ EventType }: Data) => EventType)).toEqual([
      'viewer-response',
      'viewer-request',
    ]);
    const requests = viewing(FunctionEventType.VIEWER_REQUEST);
    expect(() => added({ pageRoutes: true }, requests)).toThrow(
      /pageRoutes: the default behavior has a function .* put this into yours: if .*request\.uri = '\/index\.html';$/,
    );
    expect(associations(added({}, requests))).toHaveLength(1);
  });

  test('stands beside no function of Lambda for viewers, as CloudFront has it', () => {
    const stack = newStack(build, 'Test', 'us-east-1');
    const edge = new experimental.EdgeFunction(stack, 'Edge', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler=1'),
    });
    const with_ = (id: string, eventType: LambdaEdgeEventType) =>
      new Distribution(stack, id, {
        defaultBehavior: {
          origin: PAGES,
          edgeLambdas: [{ eventType, functionVersion: edge.currentVersion }],
        },
      });
    const sessions = service(stack);
    expect(() =>
      sessions.addTo(with_('One', LambdaEdgeEventType.VIEWER_RESPONSE), { pageRoutes: true }),
    ).toThrow(/pageRoutes: the default behavior has a function/);
    expect(() =>
      sessions.addTo(with_('Two', LambdaEdgeEventType.ORIGIN_REQUEST), { pageRoutes: true }),
    ).not.toThrow();
  });
});

describe('the origin of the site', () => {
  const SITE_URL = (template: Template) => variable(template, 'SessionsAuth', 'SITE_URL');

  test('is the name of the distribution', () => {
    expect(SITE_URL(added({}, () => ({ names: ['app.example.com'] })))).toBe('https://app.example.com');
  });

  test('has to be said where there are several', () => {
    const names = ['www.example.com', 'example.com'];
    expect(() => added({}, () => ({ names }))).toThrow(
      /siteUrl: the distribution has the names www\.example\.com, example\.com; .*siteUrl: 'https:\/\/www\.example\.com'/,
    );
    const siteUrl = 'https://example.com';
    expect(SITE_URL(added({}, () => ({ names }), { siteUrl }))).toBe(siteUrl);
  });

  test('is that of one host, and no wildcard', () => {
    const names = ['*.example.com'];
    expect(() => added({}, () => ({ names }))).toThrow(/siteUrl: the distribution has the name \*\.example/);
    const sessions = service(newStack(build));
    for (const origin of ['https://*.example.com', 'http://example.com', 'https://example.com/'])
      expect(() => sessions.servedBy(origin)).toThrow(/siteUrl must be an https:\/\/ origin of one host/);
  });
});

describe('in another stack than the service', () => {
  const account = '123456789012';
  const SITE = { siteUrl: 'https://app.example.com' };

  function apart(
    make: (stack: Stack, sessions: SessionService) => void,
    props: SessionServiceProps = SITE,
    regions: readonly [string, string] = ['eu-west-1', 'eu-west-1'],
  ): { readonly service: Template; readonly site: Template } {
    const app = newApp(build);
    const [back, front] = ['Back', 'Front'].map(
      (id, i) => new Stack(app, id, { env: { account, region: regions[i]! }, crossRegionReferences: true }),
    );
    // With its dashboard.
    const sessions = new SessionService(back!, 'Sessions', { bundles: build.bundles, ...props });
    make(front!, sessions);
    return { service: Template.fromStack(back!), site: Template.fromStack(front!) };
  }

  const behindOwn =
    (existing: Existing = {}, options: SessionBehaviorsOptions = {}) =>
    (stack: Stack, sessions: SessionService) =>
      void sessions.addTo(distribution(stack, existing), options);
  const behindSite = (stack: Stack, sessions: SessionService) =>
    void new StaticSite(stack, 'Site', { sessions, source: build.site });

  test.each([
    ['a distribution', behindOwn()],
    ['a StaticSite', behindSite],
  ])('%s refers to the service, and the service to nothing of it', (_, make) => {
    const { service: back, site } = apart(make);
    const secrets = Object.keys(properties(back, 'AWS::SecretsManager::Secret'));
    const secret = secrets.find((id) => id.startsWith('SessionsOriginSecret'))!;
    const [header] = apiOrigin(site).OriginCustomHeaders;
    expect(header.HeaderValue).toEqual({
      'Fn::Join': [
        '',
        [
          '{{resolve:secretsmanager:',
          { 'Fn::ImportValue': expect.stringContaining(secret) },
          ':SecretString:::}}',
        ],
      ],
    });
    expect(JSON.stringify(apiOrigin(site).DomainName)).toContain('Fn::ImportValue');
    expect(JSON.stringify(back.toJSON())).not.toMatch(/Fn::ImportValue|Front/);
    expect(JSON.stringify(variable(back, 'SessionsAuth', 'ORIGIN_SECRET'))).toContain(secret);
    site.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });

  test('at each deployment of a rotation the service exports what the site of the one before imports', () => {
    const steps = [[1, 2], [2, 1], [2]].map((originSecretNumbers) =>
      apart(behindOwn({}, { originSecretNumbers }), { ...SITE, alarms: false }),
    );
    for (const [i, { service: back }] of steps.entries()) {
      const exported = Object.values<Data>(back.toJSON().Outputs).map(({ Export }) => Export.Name);
      for (const { site } of steps.slice(Math.max(0, i - 1), i + 1)) {
        const imported = JSON.stringify(site.toJSON()).matchAll(/"Fn::ImportValue":"(.+?)"/g);
        const names = new Set([...imported].map(([, name]) => name));
        expect(names.size).toBe(2);
        expect(exported).toEqual(expect.arrayContaining([...names]));
      }
    }
  });

  test('the service has to know the site’s address, and is told by the name of the distribution', () => {
    const needed = /siteUrl: stack Back can't refer to the distribution in stack Front/;
    expect(() => apart(behindOwn(), {})).toThrow(needed);
    expect(() => apart(behindSite, {})).toThrow(needed);
    const { service: back } = apart(behindOwn({ names: ['app.example.com'] }), {});
    expect(variable(back, 'SessionsAuth', 'SITE_URL')).toBe('https://app.example.com');
  });

  test.each([
    ['a distribution', behindOwn()],
    ['a StaticSite', behindSite],
  ])(
    '%s in another region takes the secret from a replica there, since CloudFormation looks for it there',
    (_, make) => {
      const { service: back, site } = apart(make, SITE, ['eu-west-1', 'us-east-1']);
      const secrets = Object.entries(properties(back, 'AWS::SecretsManager::Secret'));
      const [, secret] = secrets.find(([id]) => id.startsWith('SessionsOriginSecret'))!;
      expect(secret).toMatchObject({
        Name: expect.stringMatching(/^Back-Sessions-.*-origin-1$/),
        ReplicaRegions: [{ Region: 'us-east-1' }],
      });
      const [header] = apiOrigin(site).OriginCustomHeaders;
      expect(header.HeaderValue).toBe(`{{resolve:secretsmanager:${secret.Name}:SecretString:::}}`);
      // What it hands over by parameters, it refuses to change while the other region uses it.
      const [exports, ...others] = Object.values(properties(back, 'Custom::CrossRegionExportWriter'));
      expect(others).toEqual([]);
      expect(JSON.stringify(exports)).toContain('ApiEndpoint');
      expect(JSON.stringify(exports)).not.toContain('OriginSecret');
      // The functions look in their own region.
      expect(JSON.stringify(variable(back, 'SessionsAuth', 'ORIGIN_SECRET'))).toMatch(
        /resolve:secretsmanager:",\{"Ref":"SessionsOriginSecret/,
      );
    },
  );

  test('several distributions find the secret in their regions, each of which has one replica', () => {
    const also = (region: string, front: Stack, sessions: SessionService) => {
      const env = { account, region };
      const stack = new Stack(front.node.root, `Also-${region}`, { env, crossRegionReferences: true });
      sessions.addTo(distribution(stack));
    };
    const { service: back } = apart(
      (front, sessions) => {
        sessions.addTo(distribution(front));
        for (const region of ['us-east-1', 'ap-southeast-2', 'eu-west-1']) also(region, front, sessions);
      },
      { ...SITE, alarms: false },
      ['eu-west-1', 'us-east-1'],
    );
    back.hasResourceProperties('AWS::SecretsManager::Secret', {
      ReplicaRegions: [{ Region: 'us-east-1' }, { Region: 'ap-southeast-2' }],
    });
    const unnamed = () =>
      apart((front, sessions) => {
        sessions.addTo(distribution(front));
        also('us-east-1', front, sessions);
      });
    expect(unnamed).toThrow(/originSecrets: Back\/Sessions\/OriginSecret .* has no name by which another/);
  });
});

describe('requestsPerAddress', () => {
  const limited = (requestsPerAddress: number, region?: string, existing: Existing = {}) => {
    const stack = newStack(build, 'Test', region);
    service(stack).addTo(distribution(stack, existing), { requestsPerAddress });
    return Template.fromStack(stack);
  };

  test('is the rule of a web ACL, by address, that answers as the API does', () => {
    const template = limited(2_000, 'us-east-1');
    const [[id, acl]] = Object.entries(properties(template, 'AWS::WAFv2::WebACL')) as [[string, Data]];
    expect(configOf(template).WebACLId).toEqual({ 'Fn::GetAtt': [id, 'Arn'] });
    expect(acl).toMatchObject({ Scope: 'CLOUDFRONT', DefaultAction: { Allow: {} } });
    const [{ Statement, Action }, ...others] = acl.Rules;
    expect(others).toEqual([]);
    expect(Statement).toEqual({
      RateBasedStatement: { AggregateKeyType: 'IP', EvaluationWindowSec: 300, Limit: 2_000 },
    });
    expect(Action.Block.CustomResponse.ResponseCode).toBe(429);
    const { Content } = acl.CustomResponseBodies[Action.Block.CustomResponse.CustomResponseBodyKey];
    expect(JSON.parse(Content)).toMatchObject({ status: 429, code: 'ERR_TOO_MANY_REQUESTS' });
  });

  test('needs a stack in us-east-1, and says what to do in another', () => {
    expect(() => limited(100, 'eu-west-1')).toThrow(
      /requestsPerAddress: web ACLs of CloudFront are in us-east-1, and stack Test is in eu-west-1; put new AddressRateLimit\(\) into a stack there/,
    );
    const rules = Object.values<Data>(limited(100).toJSON().Rules);
    expect(rules.flatMap(({ Assertions }) => Assertions ?? [])).toContainEqual({
      Assert: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
      AssertDescription: expect.stringMatching(/^requestsPerAddress: /),
    });
  });

  test.each([9, 0, -1, 10.5, 2_000_000_001, Number.NaN])('%d is none that WAF takes', (requests) => {
    expect(() => limited(requests, 'us-east-1')).toThrow(/requestsPerAddress must be a whole number from 10/);
  });

  test.each([10, 2_000_000_000])('%d is one', (requests) => {
    expect(() => limited(requests, 'us-east-1')).not.toThrow();
  });

  test('stands beside no web ACL that is there', () => {
    const webAclId = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/site/0f1e2d3c';
    expect(() => limited(100, 'us-east-1', { webAclId })).toThrow(/WebACL has already been attached/);
  });

  test('is a prop of StaticSite, too', () => {
    const stack = newStack(build, 'Test', 'us-east-1');
    new StaticSite(stack, 'Site', { sessions: service(stack), source: build.site, requestsPerAddress: 500 });
    Template.fromStack(stack).resourceCountIs('AWS::WAFv2::WebACL', 1);
  });
});
