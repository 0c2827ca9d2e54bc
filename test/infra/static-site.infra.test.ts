import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  DefaultStackSynthesizer,
  Duration,
  type Environment,
  type IStackSynthesizer,
  Stack,
} from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Distribution, type IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { BrowserClose } from '../../core/contract.ts';
import { DistributionLogs } from '../../infra/constructs/distribution-logs.ts';
import { SessionService } from '../../infra/constructs/session-service.ts';
import { StaticSite } from '../../infra/constructs/static-site.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';
import { newApp, newStack, properties, synthesizeSite } from '../support/stacks.ts';

let build: FixtureBuild;
const templates = new Map<BrowserClose, Template>();
beforeAll(async () => {
  build = await fixtureBuild();
  for (const browserClose of ['cookie', 'run', 'last-page'] as const) {
    templates.set(browserClose, synthesizeSite({ browserClose }, build));
  }
});
afterAll(() => build.remove());

/** AWS's managed policies: nothing cached, and every header of the viewer but Host, `Authorization` included. */
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER_EXCEPT_HOST_HEADER = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';

interface Behavior {
  readonly PathPattern: string;
  readonly CachePolicyId: string;
  readonly OriginRequestPolicyId: string;
  readonly ResponseHeadersPolicyId: { readonly Ref: string };
  readonly FunctionAssociations?: readonly { readonly EventType: string }[];
}

// biome-ignore lint/suspicious/noExplicitAny: templates are data
function only(type: string, browserClose: BrowserClose = 'cookie'): any {
  const [resource, ...others] = Object.values(properties(templates.get(browserClose)!, type));
  expect(others).toEqual([]);
  return resource;
}

function behaviors(browserClose: BrowserClose): readonly Behavior[] {
  return only('AWS::CloudFront::Distribution', browserClose).DistributionConfig.CacheBehaviors;
}

test('no error is kept by the distribution, and none gets a page or a status of the site', () => {
  const { DistributionConfig: config } = only('AWS::CloudFront::Distribution');
  // Without an entry CloudFront keeps these for 10 s whatever `cache-control` says, without query and cookie in the key.
  expect(config.CustomErrorResponses).toEqual(
    [404, 405, 414, 500, 501, 502, 503, 504].map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 })),
  );
});

test('behaviors of the user’s own come before those of the service, in each mode', () => {
  for (const browserClose of ['cookie', 'run'] as const) {
    const stack = newStack(build);
    const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles, browserClose });
    const origin = new HttpOrigin('sockets.example.com', { customHeaders: sessions.originHeaders });
    new StaticSite(stack, 'Site', { sessions, source: build.site, behaviors: { '/api/live': { origin } } });
    const [distribution] = Object.values(
      properties(Template.fromStack(stack), 'AWS::CloudFront::Distribution'),
    );
    const { CacheBehaviors, Origins } = distribution!.DistributionConfig;
    const paths = CacheBehaviors.map(({ PathPattern }: Behavior) => PathPattern);
    expect([paths[0], paths.at(-1)]).toEqual(['/api/live', '/api/*']);
    const [own] = Origins.filter(
      ({ DomainName }: { DomainName: unknown }) => DomainName === 'sockets.example.com',
    );
    expect(own.OriginCustomHeaders).toMatchObject([{ HeaderName: 'x-curfew-origin' }]);
  }
});

test('a deployment waits for no invalidation, and keeps the files that open pages may still load', () => {
  expect(only('Custom::CDKBucketDeployment')).toMatchObject({
    Prune: false,
    SystemMetadata: { 'cache-control': 'public, max-age=0, must-revalidate' },
  });
  expect(only('Custom::CDKBucketDeployment')).not.toHaveProperty('DistributionId');
  expect(JSON.stringify(templates.get('cookie')!.toJSON())).not.toContain('CreateInvalidation');
});

test('the function that copies the site has a log group of its own, with the service’s key', () => {
  const stack = newStack(build);
  const encryptionKey = new Key(stack, 'Key') as IKey;
  const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles, encryptionKey });
  new StaticSite(stack, 'Site', { source: build.site, sessions });
  const template = Template.fromStack(stack);
  const [copy] = Object.entries(properties(template, 'AWS::Lambda::Function')).filter(([id]) =>
    id.startsWith('CustomCDKBucketDeployment'),
  );
  const group = copy?.[1].LoggingConfig.LogGroup.Ref;
  expect(properties(template, 'AWS::Logs::LogGroup')[group]).toMatchObject({
    RetentionInDays: 90,
    KmsKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] },
  });
});

test('AwsSolutions is passed by a stack that says where it is, and has a bootstrap of its own', () => {
  const app = newApp(build);
  const stack = new Stack(app, 'Test', {
    env: { account: '123456789012', region: 'eu-west-1' },
    // The CDK's own types do not agree under exactOptionalPropertyTypes.
    synthesizer: new DefaultStackSynthesizer({ qualifier: 'ours' }) as IStackSynthesizer,
  });
  const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles });
  new StaticSite(stack, 'Site', { source: build.site, sessions });
  const { violations } = new AwsSolutionsChecks().validateScope(stack);
  expect(violations).toEqual([]);
});

describe('the log of the distribution', () => {
  const logged = (region?: string, keyOf?: (stack: Stack) => IKey) => {
    const stack = newStack(build, 'Test', region);
    const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles });
    // The CDK's own types do not agree under exactOptionalPropertyTypes.
    const logBucket = new Bucket(stack, 'Log', keyOf && { encryptionKey: keyOf(stack) }) as IBucket;
    new StaticSite(stack, 'Site', { source: build.site, sessions, logBucket });
    return Template.fromStack(stack);
  };

  test('is delivered to a bucket as buckets are by default, which lets the delivery write', () => {
    const made = logged();
    made.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.not(Match.objectLike({ Logging: Match.anyValue() })),
    });
    made.hasResourceProperties('AWS::Logs::DeliverySource', { LogType: 'ACCESS_LOGS' });
    const [bucket] = Object.keys(made.findResources('AWS::S3::Bucket')).filter((id) => id.startsWith('Log'));
    made.hasResourceProperties('AWS::Logs::DeliveryDestination', {
      DestinationResourceArn: { 'Fn::GetAtt': [bucket, 'Arn'] },
    });
    made.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: bucket },
      PolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Action: 's3:PutObject',
            Principal: { Service: 'delivery.logs.amazonaws.com' },
          }),
        ],
      }),
    });
  });

  test('needs a stack in us-east-1: one that says so, or that CloudFormation finds there', () => {
    const rulesOf = (template: Template) =>
      Object.entries<{ Assertions: object[] }>(template.toJSON().Rules)
        .filter(([id]) => id.startsWith('SiteLogs'))
        .map(([, { Assertions }]) => Assertions);
    expect(rulesOf(logged('us-east-1'))).toEqual([]);
    expect(() => logged('eu-west-1')).toThrow(/logBucket: .* from us-east-1, and stack Test is in eu-west-1/);
    expect(rulesOf(logged())).toEqual([
      [
        {
          Assert: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
          AssertDescription: expect.stringMatching(/logBucket.* from us-east-1/),
        },
      ],
    ]);
  });

  test('may use the key of the bucket, for this one delivery', () => {
    const made = logged('us-east-1', (stack) => new Key(stack, 'Key') as IKey);
    const [source] = Object.values(properties(made, 'AWS::Logs::DeliverySource'));
    const [key] = Object.values(properties(made, 'AWS::KMS::Key'));
    // biome-ignore lint/suspicious/noExplicitAny: templates are data
    const ofDeliveries = key.KeyPolicy.Statement.filter(({ Principal }: any) =>
      JSON.stringify(Principal).includes('delivery.logs'),
    );
    expect(ofDeliveries).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'delivery.logs.amazonaws.com' },
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        Resource: '*',
        Condition: {
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', expect.any(Array)] } },
        },
      },
    ]);
    const arn = ofDeliveries[0].Condition.ArnLike['aws:SourceArn']['Fn::Join'][1];
    expect(arn).toContainEqual({ Ref: 'AWS::AccountId' });
    expect(arn.at(-1)).toBe(`:delivery-source:${source.Name}`);
  });

  describe('of a site in another region', () => {
    /** The sources of deliveries in a stack in us-east-1 that logs the distribution of one in eu-west-1. */
    const sources = (
      distributionOf: (site: StaticSite, there: Stack) => IDistribution,
      here: Environment = { account: '123456789012', region: 'eu-west-1' },
    ) => {
      const app = newApp(build);
      const there = new Stack(app, 'There', { env: { account: '123456789012', region: 'us-east-1' } });
      const stack = new Stack(app, 'Here', { env: here });
      const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles });
      const site = new StaticSite(stack, 'Site', { source: build.site, sessions });
      const bucket = new Bucket(there, 'Bucket') as IBucket;
      new DistributionLogs(there, 'Logs', { distribution: distributionOf(site, there), bucket });
      return JSON.stringify(properties(Template.fromStack(there), 'AWS::Logs::DeliverySource'));
    };
    const byReference = ({ distribution }: StaticSite) => distribution as IDistribution;

    test('takes the id of the distribution', () => {
      const attributes = { distributionId: 'E2EXAMPLE', domainName: 'd1example.cloudfront.net' };
      expect(
        sources((_, there) => Distribution.fromDistributionAttributes(there, 'Site', attributes)),
      ).toContain('distribution/E2EXAMPLE');
    });

    test('takes a reference where both stacks say their regions, and says so otherwise', () => {
      expect(sources(byReference)).toContain('/cdk/exports/');
      expect(() => sources(byReference, {})).toThrow(/explicit region/);
    });
  });
});

test('the distribution is on the dashboard of the service, by what CloudFront reports to us-east-1', () => {
  const { DashboardBody } = only('AWS::CloudWatch::Dashboard');
  const body = JSON.stringify(DashboardBody).replaceAll('\\', '');
  for (const metric of ['Requests', '4xxErrorRate', '5xxErrorRate']) {
    expect(body).toContain(`"AWS/CloudFront","${metric}","DistributionId"`);
  }
  expect(body).toContain('"region":"us-east-1"');
});

test('an alarm on what CloudFront reports stands in a stack of us-east-1, as the page about deploying has it', () => {
  const page = readFileSync('docs/deploying.md', 'utf8');
  expect(page).toContain(
    "dimensionsMap: { DistributionId: site.distribution.distributionId, Region: 'Global' }",
  );
  const app = newApp(build);
  const inRegion = (id: string, region: string) =>
    new Stack(app, id, { env: { account: '123456789012', region }, crossRegionReferences: true });
  const stack = inRegion('Site', 'eu-west-1');
  const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles });
  const site = new StaticSite(stack, 'Site', { source: build.site, sessions });
  const alarmIn = (scope: Stack) =>
    new Alarm(scope, 'Errors', {
      metric: new Metric({
        namespace: 'AWS/CloudFront',
        metricName: '5xxErrorRate',
        dimensionsMap: { DistributionId: site.distribution.distributionId, Region: 'Global' },
        statistic: 'Average',
        period: Duration.minutes(5),
      }),
      threshold: 5,
      evaluationPeriods: 3,
    });
  const edge = inRegion('SiteEdge', 'us-east-1');
  alarmIn(edge);
  const [alarm] = Object.values(properties(Template.fromStack(edge), 'AWS::CloudWatch::Alarm'));
  expect(alarm.Dimensions).toEqual([
    { Name: 'DistributionId', Value: { 'Fn::GetAtt': expect.anything() } },
    { Name: 'Region', Value: 'Global' },
  ]);
});

test('the site is private, and on one origin with the API', () => {
  const { DistributionConfig: config } = only('AWS::CloudFront::Distribution');
  const [api] = config.CacheBehaviors;
  expect(api).toMatchObject({ PathPattern: '/api/*', ViewerProtocolPolicy: 'https-only' });
  expect(api.AllowedMethods).toContain('POST');
  const origin = config.Origins.find(({ Id }: { Id: string }) => Id === api.TargetOriginId);
  const [secret] = origin.OriginCustomHeaders;
  expect(secret.HeaderName).toBe('x-curfew-origin');
  expect(JSON.stringify(secret.HeaderValue)).toContain('resolve:secretsmanager');
  const site = config.Origins.find(
    ({ Id }: { Id: string }) => Id === config.DefaultCacheBehavior.TargetOriginId,
  );
  const accessControl = site.OriginAccessControlId['Fn::GetAtt'][0];
  expect(templates.get('cookie')!.toJSON().Resources[accessControl]).toMatchObject({
    Type: 'AWS::CloudFront::OriginAccessControl',
    Properties: {
      OriginAccessControlConfig: { OriginAccessControlOriginType: 's3', SigningBehavior: 'always' },
    },
  });
  const block = only('AWS::S3::Bucket').PublicAccessBlockConfiguration;
  expect(Object.values(block)).toEqual([true, true, true, true]);
});

test('replies of the API have Strict-Transport-Security, as pages have; the rest of their headers is their own', () => {
  const template = templates.get('run')!;
  const policies = template.toJSON().Resources;
  for (const { ResponseHeadersPolicyId } of behaviors('run')) {
    expect(policies[ResponseHeadersPolicyId.Ref].Properties.ResponseHeadersPolicyConfig).toMatchObject({
      SecurityHeadersConfig: {
        StrictTransportSecurity: {
          AccessControlMaxAgeSec: 31_536_000,
          IncludeSubdomains: true,
          Override: true,
        },
      },
    });
    expect(
      Object.keys(
        policies[ResponseHeadersPolicyId.Ref].Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig,
      ),
    ).toEqual(['StrictTransportSecurity']);
  }
});

test('Strict-Transport-Security speaks for the hosts under the site’s unless it is told not to', () => {
  const policies = properties(
    synthesizeSite({}, build, { includeSubdomains: false }),
    'AWS::CloudFront::ResponseHeadersPolicy',
  );
  const said = Object.values(policies).map(
    ({ ResponseHeadersPolicyConfig: config }) =>
      config.SecurityHeadersConfig.StrictTransportSecurity.IncludeSubdomains,
  );
  expect(said).toEqual([false, false]);
});

describe('the content security policy', () => {
  const STRICT = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ];

  function headersOf(template: Template) {
    const policies = Object.values(properties(template, 'AWS::CloudFront::ResponseHeadersPolicy'));
    const { SecurityHeadersConfig: security, CustomHeadersConfig: custom } = policies
      .map(({ ResponseHeadersPolicyConfig }) => ResponseHeadersPolicyConfig)
      .find(({ SecurityHeadersConfig }) => SecurityHeadersConfig.ContentSecurityPolicy);
    const { ContentSecurityPolicy: policy, Override } = security.ContentSecurityPolicy;
    expect(Override).toBe(true);
    const others: { Header: string; Value: string; Override: boolean }[] = custom.Items;
    expect(others.every((header) => header.Override)).toBe(true);
    return {
      directives: policy.split('; '),
      reporting: others.flatMap(({ Header, Value }) => (Header === 'reporting-endpoints' ? [Value] : [])),
    };
  }

  test('is strict, restricts no names and reports nothing, unless the site says so', () => {
    expect(headersOf(templates.get('cookie')!)).toEqual({ directives: STRICT, reporting: [] });
  });

  test('takes the hashes of inline scripts', () => {
    const { directives } = headersOf(synthesizeSite({}, build, { scriptHashes: ['sha256-abc='] }));
    expect(directives).toEqual([STRICT[0], "script-src 'self' 'sha256-abc='", ...STRICT.slice(2)]);
  });

  test('takes sources of other sites beside its own, and does without Trusted Types where it is told to', () => {
    const contentSecurityPolicy = { 'connect-src': ['https://api.example.com'], 'frame-src': ["'self'"] };
    const site = { contentSecurityPolicy, requireTrustedTypes: false };
    const { directives } = headersOf(synthesizeSite({}, build, site));
    const expected = STRICT.slice(0, -1).map((directive) =>
      directive === "connect-src 'self'" ? `${directive} https://api.example.com` : directive,
    );
    expect(directives).toEqual([...expected, "frame-src 'self'"]);
  });

  test('takes the names of Trusted Types policies, and where to report, in both ways that browsers know', () => {
    const site = {
      trustedTypes: ['dompurify', 'app#html', "'allow-duplicates'"],
      reportViolationsTo: '/reports?of=csp',
    };
    expect(headersOf(synthesizeSite({}, build, site))).toEqual({
      directives: [
        ...STRICT,
        "trusted-types dompurify app#html 'allow-duplicates'",
        'report-uri /reports?of=csp',
        'report-to csp',
      ],
      reporting: ['csp="/reports?of=csp"'],
    });
  });
});

describe('the distribution in front of what shows the mark of a run', () => {
  test.each(['cookie', 'run', 'last-page'] as const)(
    'policy %s: the mark gets through, nothing is cached',
    (mode) => {
      for (const behavior of behaviors(mode)) {
        expect(behavior).toMatchObject({
          CachePolicyId: CACHING_DISABLED,
          OriginRequestPolicyId: ALL_VIEWER_EXCEPT_HOST_HEADER,
        });
      }
    },
  );

  test('the challenge is on /api/mark and, for pages of the last release, on /api/run/set, and only where the policy binds sessions to a run', () => {
    const paths = (mode: BrowserClose) =>
      behaviors(mode).map(({ PathPattern, FunctionAssociations }) => [
        PathPattern,
        FunctionAssociations?.length ?? 0,
      ]);
    expect(paths('cookie')).toEqual([['/api/*', 0]]);
    for (const mode of ['run', 'last-page'] as const) {
      expect(paths(mode)).toEqual([
        ['/api/mark', 1],
        ['/api/run/set', 1],
        ['/api/*', 0],
      ]);
      // One function for all of them.
      expect(JSON.stringify(only('AWS::CloudFront::Function', mode).FunctionCode)).toContain('Basic');
      const { DefaultCacheBehavior: pages } = only('AWS::CloudFront::Distribution', mode).DistributionConfig;
      expect(behaviors(mode)[0]!.FunctionAssociations).toEqual(pages.FunctionAssociations);
    }
    expect(JSON.stringify(only('AWS::CloudFront::Function').FunctionCode)).not.toContain('Basic');
  });
});
