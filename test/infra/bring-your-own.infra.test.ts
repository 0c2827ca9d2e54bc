import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { type IUserPool, UserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import {
  AttributeType,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  Table,
  type TablePropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { CATCH_ALL, ROUTES } from '../../core/routes.ts';
import { Identity } from '../../infra/constructs/identity.ts';
import { endpointOf } from '../../infra/constructs/session-api.ts';
import { SessionService, type SessionServiceProps } from '../../infra/constructs/session-service.ts';
import { SessionTable } from '../../infra/constructs/session-table.ts';
import { StaticSite } from '../../infra/constructs/static-site.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';
import { newStack, properties, statements } from '../support/stacks.ts';

let build: FixtureBuild;
beforeAll(async () => {
  build = await fixtureBuild();
});
afterAll(() => build.remove());

/** A service in a stack of its own, with what the stack has for it. */
function bring(props: (stack: Stack) => SessionServiceProps) {
  const stack = newStack(build);
  const service = new SessionService(stack, 'Sessions', {
    bundles: build.bundles,
    alarms: false,
    ...props(stack),
  });
  return { stack, service, template: () => Template.fromStack(stack) };
}

// biome-ignore lint/suspicious/noExplicitAny: templates are data
function variablesOf(template: Template, name: string): any {
  const [found] = Object.entries(properties(template, 'AWS::Lambda::Function')).filter(([id]) =>
    id.startsWith(`Sessions${name}`),
  );
  return found![1].Environment.Variables;
}

describe('a user pool', () => {
  const poolIn = (stack: Stack) => new UserPool(stack, 'Mine');
  const loginUrl = 'https://login.example.com';

  test('gets a client, a domain and a page of its own, and stays as it is', () => {
    const { stack, service, template } = bring((its) => ({
      identity: Identity.userPool(poolIn(its), undefined, { domainPrefix: 'mine' }),
      siteUrl: 'https://app.example.com',
    }));
    const made = template();
    expect(service.userPool?.node.path).toBe('Test/Mine');
    made.resourceCountIs('AWS::Cognito::UserPool', 1);
    made.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      CallbackURLs: ['https://app.example.com/api/auth/callback'],
      LogoutURLs: ['https://app.example.com/'],
      ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
      GenerateSecret: false,
    });
    made.hasResourceProperties('AWS::Cognito::UserPoolDomain', { Domain: 'mine', ManagedLoginVersion: 2 });
    made.resourceCountIs('AWS::Cognito::ManagedLoginBranding', 1);
    const { OIDC_ISSUER, OIDC_LOGOUT_URL } = variablesOf(made, 'Auth');
    const pool = stack.getLogicalId(stack.node.findChild('Mine').node.defaultChild as never);
    expect(OIDC_ISSUER).toEqual({
      'Fn::Join': ['', ['https://', { 'Fn::GetAtt': [pool, 'ProviderName'] }]],
    });
    expect(JSON.stringify(OIDC_LOGOUT_URL)).toMatch(/"https:\/\/".*\.auth\..*amazoncognito\.com\/logout"/);
  });

  test('with a client and a login of its own gets nothing', () => {
    const { template } = bring((its) => ({
      identity: Identity.userPool(
        UserPool.fromUserPoolId(its, 'Pool', 'eu-west-1_abc'),
        UserPoolClient.fromUserPoolClientId(its, 'Client', 'client'),
        { loginUrl },
      ),
    }));
    const made = template();
    for (const kind of ['UserPool', 'UserPoolClient', 'UserPoolDomain', 'ManagedLoginBranding'])
      made.resourceCountIs(`AWS::Cognito::${kind}`, 0);
    const variables = variablesOf(made, 'Session');
    expect(variables).toMatchObject({ OIDC_CLIENT_ID: 'client', OIDC_LOGOUT_URL: `${loginUrl}/logout` });
    expect(JSON.stringify(variables.OIDC_ISSUER)).toMatch(/https:\/\/cognito-idp\..*eu-west-1_abc/);
  });

  test('a client with a secret brings it in Secrets Manager, where function auth alone reads it', () => {
    const { stack, template } = bring((its) => {
      const pool = poolIn(its);
      const client = pool.addClient('Theirs', { generateSecret: true });
      const clientSecret = new Secret(its, 'ClientSecret') as ISecret;
      return { identity: Identity.userPool(pool, client, { loginUrl, clientSecret }) };
    });
    const secret = {
      Ref: stack.getLogicalId(stack.node.findChild('ClientSecret').node.defaultChild as never),
    };
    const made = template();
    expect(variablesOf(made, 'Auth').OIDC_CLIENT_SECRET_ARN).toEqual(secret);
    const readers = (name: string) =>
      statements(made, name).filter(
        ({ Resource }) => Resource === secret || JSON.stringify(Resource) === JSON.stringify(secret),
      );
    expect(readers('SessionsAuth')).toMatchObject([{ Action: 'secretsmanager:GetSecretValue' }]);
    expect(readers('SessionsSession')).toEqual([]);
  });

  test.each<[string, RegExp, (pool: IUserPool, stack: Stack) => Identity]>([
    [
      'a secret that nobody can read',
      /client has a secret .* clientSecret/,
      (pool) => Identity.userPool(pool, pool.addClient('C', { generateSecret: true })),
    ],
    [
      'the secret of no client',
      /clientSecret is that of a client/,
      (pool, stack) =>
        Identity.userPool(pool, undefined, { clientSecret: new Secret(stack, 'S') as ISecret }),
    ],
    [
      'a new domain beside one that exists',
      /domainPrefix is of a new domain/,
      (pool) => Identity.userPool(pool, undefined, { loginUrl, domainPrefix: 'mine' }),
    ],
    [
      'a login that ends with a slash',
      /loginUrl must be an https:\/\/ address without a trailing slash, not 'https:\/\/login.example.com\/'/,
      (pool) => Identity.userPool(pool, undefined, { loginUrl: `${loginUrl}/` }),
    ],
    [
      'a login without TLS',
      /loginUrl must be an https:\/\/ address/,
      (pool) => Identity.userPool(pool, undefined, { loginUrl: 'http://login.example.com' }),
    ],
  ])('is refused with %s', (_, message, identity) => {
    expect(() => bring((stack) => ({ identity: identity(poolIn(stack), stack) }))).toThrow(message);
  });
});

describe('an HTTP API', () => {
  const routesOf = (template: Template) => Object.values(properties(template, 'AWS::ApiGatewayV2::Route'));

  test('gets every route, before which no authorizer of its own stands, and keeps its stage', () => {
    const { service, template } = bring((stack) => ({
      siteUrl: 'https://app.example.com',
      httpApi: new HttpApi(stack, 'Mine', { defaultAuthorizer: new HttpIamAuthorizer() }),
      alarms: true,
    }));
    const made = template();
    made.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
    made.resourceCountIs('AWS::ApiGatewayV2::Stage', 1);
    expect(service.stage).toBeUndefined();
    expect(service.httpApi.node.path).toBe('Test/Mine');
    const routes = routesOf(made);
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(
      [...ROUTES, CATCH_ALL].map(({ method, path }) => `${method} ${path}`).sort(),
    );
    expect(new Set(routes.map(({ AuthorizationType }) => AuthorizationType))).toEqual(new Set(['NONE']));
    const [id] = Object.keys(made.findResources('AWS::ApiGatewayV2::Api'));
    for (const { ApiId } of routes) expect(ApiId).toEqual({ Ref: id });
    made.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Dimensions: [{ Name: 'ApiId', Value: { Ref: id } }],
    });
  });

  test('of another stack does not depend on the service’s', () => {
    const theirs = newStack(build, 'Theirs');
    const httpApi = new HttpApi(theirs, 'Api');
    const stack = new Stack(theirs.node.root, 'Service');
    new SessionService(stack, 'Sessions', { bundles: build.bundles, httpApi });
    expect(routesOf(Template.fromStack(stack))).toHaveLength(ROUTES.length + 1);
    expect(routesOf(Template.fromStack(theirs))).toEqual([]);
    expect(stack.dependencies).toContain(theirs);
    expect(theirs.dependencies).toEqual([]);
  });

  test('that was made elsewhere is known by its id, and takes no routes from the service', () => {
    const { stack, service, template } = bring((its) => ({
      httpApi: HttpApi.fromHttpApiAttributes(its, 'Mine', { httpApiId: 'abc' }),
    }));
    const made = template();
    expect(new Set(routesOf(made).map(({ ApiId }) => ApiId))).toEqual(new Set(['abc']));
    expect(variablesOf(made, 'Session').SITE_URL).toEqual({
      'Fn::Join': ['', ['https://abc.execute-api.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]],
    });
    const said = { httpApiId: 'abc', apiEndpoint: 'https://api.example.com' };
    expect(endpointOf(HttpApi.fromHttpApiAttributes(stack, 'Said', said))).toBe(said.apiEndpoint);
    expect(() => service.httpApi).toThrow(/made elsewhere.*new HttpRoute/);
  });

  test('is not throttled by the service', () => {
    const throttle = { rateLimit: 1, burstLimit: 1 };
    for (const props of [{ throttle }, { signInThrottle: throttle }])
      expect(() => bring((stack) => ({ httpApi: new HttpApi(stack, 'Mine'), ...props }))).toThrow(
        /with httpApi, set them at yours/,
      );
  });
});

describe('a table', () => {
  const whole: TablePropsV2 = {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    timeToLiveAttribute: 'ttl',
    dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    globalSecondaryIndexes: [
      {
        indexName: 'due',
        partitionKey: { name: 'dueShard', type: AttributeType.STRING },
        sortKey: { name: 'dueAt', type: AttributeType.NUMBER },
        projectionType: ProjectionType.KEYS_ONLY,
      },
      {
        indexName: 'subject',
        partitionKey: { name: 'subject', type: AttributeType.STRING },
        sortKey: { name: 'createdAt', type: AttributeType.NUMBER },
        projectionType: ProjectionType.KEYS_ONLY,
      },
    ],
  };
  const tableIn = (stack: Stack, props: Partial<TablePropsV2> = {}) =>
    new TableV2(stack, 'Mine', { ...whole, ...props }) as ITableV2;

  test('that has what it needs is taken: then none is made', () => {
    bring((stack) => ({ table: tableIn(stack) }))
      .template()
      .resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
    bring((stack) => ({ table: new SessionTable(stack, 'Mine').table })).template();
    bring((stack) => ({
      table: TableV2.fromTableAttributes(stack, 'Mine', {
        tableName: 'any',
        tableStreamArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/any/stream/1',
      }),
    })).template();
  });

  test.each<[string, Partial<TablePropsV2>, RegExp]>([
    [
      'another key',
      { partitionKey: { name: 'id', type: AttributeType.STRING } },
      /table Test\/Mine: its key must be pk \(S\), not id \(S\)/,
    ],
    [
      'a key of another type',
      { partitionKey: { name: 'pk', type: AttributeType.BINARY } },
      /must be pk \(S\), not pk \(B\)/,
    ],
    [
      'a sort key',
      { sortKey: { name: 'sk', type: AttributeType.STRING } },
      /must be pk \(S\), not pk \(S\), sk \(S\)/,
    ],
    [
      'a missing index',
      { globalSecondaryIndexes: whole.globalSecondaryIndexes!.slice(1) },
      /an index due with the key dueShard \(S\), dueAt \(N\), not none/,
    ],
    ['TTL on something else', { timeToLiveAttribute: 'expires' }, /its TTL must be on ttl/],
    ['a stream of keys', { dynamoStream: StreamViewType.KEYS_ONLY }, /a stream of both images/],
  ])('with %s fails the synthesis, which says so', (_, props, message) => {
    const { template } = bring((stack) => ({ table: tableIn(stack, props) }));
    expect(template).toThrow(message);
  });

  test('made by the older construct is looked at, too, and may get its indexes later', () => {
    const stack = newStack(build);
    const { partitionKey, timeToLiveAttribute } = whole;
    const table = new Table(stack, 'Mine', {
      partitionKey,
      timeToLiveAttribute: timeToLiveAttribute!,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
    });
    new SessionService(stack, 'Sessions', { bundles: build.bundles, table: table as unknown as ITableV2 });
    const { STRING, NUMBER } = AttributeType;
    table.addGlobalSecondaryIndex({
      indexName: 'due',
      partitionKey: { name: 'dueShard', type: STRING },
      sortKey: { name: 'dueAt', type: NUMBER },
    });
    table.addGlobalSecondaryIndex({
      indexName: 'subject',
      partitionKey: { name: 'subject', type: STRING },
      sortKey: { name: 'createdAt', type: NUMBER },
    });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});

describe('a network', () => {
  test('holds each function, whose role may make its interfaces, and no managed policy', () => {
    const { template } = bring((stack) => {
      const vpc = new Vpc(stack, 'Vpc', { maxAzs: 1 });
      const securityGroups = [new SecurityGroup(stack, 'Group', { vpc: vpc as IVpc })];
      return { vpc, vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS }, securityGroups };
    });
    const made = template();
    made.resourceCountIs('AWS::EC2::SecurityGroup', 1);
    for (const [id, { VpcConfig }] of Object.entries(properties(made, 'AWS::Lambda::Function')).filter(
      ([name]) => name.startsWith('Sessions'),
    )) {
      expect([id, VpcConfig.SubnetIds.length, VpcConfig.SecurityGroupIds.length]).toEqual([id, 1, 1]);
    }
    for (const name of ['Auth', 'SessionsSession', 'Sweep', 'Publish'])
      expect(statements(made, name).flatMap(({ Action }) => Action)).toContain('ec2:CreateNetworkInterface');
    expect(JSON.stringify(properties(made, 'AWS::IAM::Role'))).not.toContain(
      'AWSLambdaVPCAccessExecutionRole',
    );
  });
});

describe('log groups', () => {
  test('take what functions and API log, and no other is made', () => {
    const { template } = bring((stack) => ({
      logGroup: new LogGroup(stack, 'Functions'),
      accessLogGroup: new LogGroup(stack, 'Access'),
    }));
    const made = template();
    made.resourceCountIs('AWS::Logs::LogGroup', 2);
    const [functions, access] = Object.keys(made.findResources('AWS::Logs::LogGroup')).sort().reverse();
    made.allResourcesProperties('AWS::Lambda::Function', {
      LoggingConfig: Match.objectLike({ LogGroup: { Ref: functions } }),
    });
    made.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      AccessLogSettings: Match.objectLike({ DestinationArn: { 'Fn::GetAtt': [access, 'Arn'] } }),
    });
  });
});

describe('a bucket', () => {
  const siteOf = (bucket: (stack: Stack) => IBucket | Bucket) => {
    const { stack, service: sessions } = bring(() => ({}));
    new StaticSite(stack, 'Site', { sessions, source: build.site, bucket: bucket(stack) });
    return Template.fromStack(stack);
  };

  test('holds the site, and lets its distribution alone read it', () => {
    const made = siteOf((stack) => new Bucket(stack, 'Mine'));
    const [id, ...others] = Object.keys(made.findResources('AWS::S3::Bucket'));
    expect(others).toEqual([]);
    const [distribution] = Object.keys(made.findResources('AWS::CloudFront::Distribution'));
    const reads = Match.objectLike({
      Action: 's3:GetObject',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Condition: {
        StringEquals: { 'AWS:SourceArn': { 'Fn::Join': ['', Match.arrayWith([{ Ref: distribution }])] } },
      },
    });
    made.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: id },
      PolicyDocument: { Statement: [reads], Version: Match.anyValue() },
    });
    made.hasResourceProperties('Custom::CDKBucketDeployment', { DestinationBucketName: { Ref: id } });
  });

  test('that was made elsewhere gets the files, and keeps its policy', () => {
    const made = siteOf((stack) => Bucket.fromBucketName(stack, 'Mine', 'theirs'));
    made.resourceCountIs('AWS::S3::Bucket', 0);
    made.resourceCountIs('AWS::S3::BucketPolicy', 0);
    made.hasResourceProperties('Custom::CDKBucketDeployment', { DestinationBucketName: 'theirs' });
  });
});
