import { Fn, Stack } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  type AddBehaviorOptions,
  AllowedMethods,
  CachePolicy,
  type CfnDistribution,
  type Distribution,
  Function as EdgeFunction,
  type FunctionAssociation,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  type IResponseHeadersPolicy,
  OriginRequestPolicy,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, type IConstruct } from 'constructs';
import type { Policy } from '../../core/policy.ts';
import { ROUTES } from '../../core/routes.ts';
import { AddressRateLimit } from './address-rate-limit.ts';
import { type ErrorResponse, withoutKeptErrors } from './error-responses.ts';
import { nameInAccount } from './names.ts';
import type { Observability } from './observability.ts';
import { makeOriginSecrets } from './origin-secrets.ts';
import { endpointOf } from './session-api.ts';
import { strictTransportSecurity } from './site-responses.ts';
import { CHALLENGES, PAGE_ROUTES, viewerFunctionCode } from './viewer-function.ts';

/** How a distribution leads to a session service. */
export interface SessionBehaviorsOptions {
  /**
   * Path patterns that lead to the service's API, in the order in which the distribution looks at them: for an application whose own
   * API has `/api/*`, `['/api/auth/*', '/api/session*', '/api/mark', '/api/run/*']`, and those of your routes on `httpApi`.
   *
   * @default ['/api/*']
   */
  readonly paths?: readonly string[] | undefined;
  /**
   * Whether each path of the default behavior that has no extension gets `/index.html`, as a single-page application needs it: by a function for viewer requests, of
   * which a behavior takes one. Error responses can't do it, since they would answer the API's errors with the page.
   *
   * @default false
   */
  readonly pageRoutes?: boolean | undefined;
  /**
   * Headers that the distribution adds to replies of the service's API, and not to those of behaviors of yours. Where the site's
   * Strict-Transport-Security has `includeSubDomains`, give the site's policy: the default would take that back.
   *
   * @default Strict-Transport-Security for a year, of this host and none under it
   */
  readonly responseHeadersPolicy?: IResponseHeadersPolicy | undefined;
  /**
   * Requests of one address in 5 minutes, files of the site included: 10 to 2,000,000,000. More get 429, by a web ACL, which costs
   * about $6 a month and $0.60 a million requests. The stack has to be in us-east-1; for another, put {@link AddressRateLimit} into one
   * that is.
   *
   * @default any number
   */
  readonly requestsPerAddress?: number | undefined;
  /**
   * Numbers of the origin secrets that are made and kept in Secrets Manager, where the service was given none. The
   * first is sent by the distribution, each is accepted. Rotate by `[1, 2]`, `[2, 1]` and `[2]`, a deployment each.
   *
   * @default [1]
   */
  readonly originSecretNumbers?: readonly number[] | undefined;
}

/** What a distribution has to know of the service, and has to tell it. */
export interface ServedSessions extends IConstruct {
  readonly policy: Pick<Policy, 'browserClose'>;
  readonly api: IHttpApi;
  readonly originHeaders: Record<string, string>;
  readonly hasOriginSecrets: boolean;
  readonly hasSiteUrl: boolean;
  readonly siteUrl: string;
  readonly encryptionKey: IKey | undefined;
  readonly observability: Observability | undefined;
  servedBy(siteOrigin: string, ...originSecrets: readonly ISecret[]): void;
  servedFrom(stack: Stack): void;
}

/** The two that are brought together. */
export interface SessionBehaviorsProps extends SessionBehaviorsOptions {
  readonly sessions: ServedSessions;
  readonly distribution: Distribution;
  /** Where the origin secrets are made. @default the service: its functions have to know them before the distribution sends them */
  readonly secretScope?: Construct | undefined;
}

/** What `openapi.json` says is for people, and an application may have its own there. */
const LED = ROUTES.map(({ path }) => path).filter((path) => path !== '/api/openapi.json');

/** The behaviors of a distribution that lead to a session service. {@link SessionService.addTo} makes them. */
export class SessionBehaviors extends Construct {
  /**
   * For behaviors that lead to servers of yours with guarded handlers: `distribution.addBehavior('/orders/*', origin, behaviors.options)`. Nothing
   * is cached, and every header of the viewer goes on but `Host`. The origin has to send the origin secret, or the guard answers 403:
   * `new HttpOrigin(host, { customHeaders: sessions.originHeaders })`.
   */
  readonly options: AddBehaviorOptions;

  constructor(scope: Construct, id: string, props: SessionBehaviorsProps) {
    super(scope, id);
    const { sessions, distribution, paths = ['/api/*'], requestsPerAddress } = props;
    const resource = resourceOf(distribution);
    const config = configOf(resource);
    checkPaths(distribution, config, paths);
    const errors: ErrorResponse[] = Stack.of(this).resolve(config.customErrorResponses) ?? [];
    const viewer = this.viewerFunction(props, config);
    resource.distributionConfig = {
      ...config,
      customErrorResponses: withoutKeptErrors(errors),
      ...(viewer && props.pageRoutes && { defaultCacheBehavior: withFunction(config, viewer) }),
    };
    this.options = {
      allowedMethods: AllowedMethods.ALLOW_ALL,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      // All headers: `Authorization`, in which browsers show the mark of their run, can't be forwarded by itself.
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    };
    this.lead(paths, props, isBound(sessions) ? viewer : undefined);
    if (requestsPerAddress !== undefined) {
      distribution.attachWebAclId(new AddressRateLimit(this, 'RateLimit', { requestsPerAddress }).webAclArn);
    }
    // The dashboard of a service can't refer to a stack that refers to the service.
    if (Stack.of(this) === Stack.of(sessions)) sessions.observability?.showDistribution(distribution);
    sessions.servedBy(siteOrigin(props, config.aliases ?? []), ...this.originSecrets(props));
    sessions.servedFrom(Stack.of(this));
  }

  /** Adds the behaviors, in the order in which the distribution looks at them. */
  private lead(
    paths: readonly string[],
    { sessions, distribution, responseHeadersPolicy = this.headers() }: SessionBehaviorsProps,
    challenge: FunctionAssociation | undefined,
  ): void {
    const origin = new HttpOrigin(Fn.select(2, Fn.split('/', endpointOf(sessions.api))), {
      customHeaders: sessions.originHeaders,
    });
    const options = { ...this.options, responseHeadersPolicy };
    const challenging = challenge && { ...options, functionAssociations: [challenge] };
    const challenged: readonly string[] = challenging ? CHALLENGES : [];
    for (const path of challenged) distribution.addBehavior(path, origin, challenging);
    // CloudFront takes each pattern once.
    for (const path of paths.filter((one) => !challenged.includes(one))) {
      distribution.addBehavior(path, origin, options);
    }
  }

  private originSecrets({
    sessions,
    secretScope = sessions,
    originSecretNumbers: numbers,
  }: SessionBehaviorsProps): Secret[] {
    if (sessions.hasOriginSecrets) {
      if (numbers === undefined) return [];
      throw new Error(
        'originSecretNumbers: the service has origin secrets already, by originSecrets or for another distribution',
      );
    }
    const isFar = Stack.of(this).region !== Stack.of(sessions).region;
    return makeOriginSecrets(secretScope, numbers ?? [1], sessions.encryptionKey, isFar);
  }

  /** None where there is nothing for it to do. */
  private viewerFunction(
    { sessions, pageRoutes = false }: SessionBehaviorsProps,
    { defaultCacheBehavior }: CfnDistribution.DistributionConfigProperty,
  ): FunctionAssociation | undefined {
    const challenges = isBound(sessions);
    if (pageRoutes) this.checkDefault(Stack.of(this).resolve(defaultCacheBehavior));
    if (!challenges && !pageRoutes) return undefined;
    return {
      eventType: FunctionEventType.VIEWER_REQUEST,
      function: new EdgeFunction(this, 'Viewer', {
        functionName: nameInAccount(this, 'viewer'),
        code: FunctionCode.fromInline(viewerFunctionCode({ challenges, pageRoutes })),
        runtime: FunctionRuntime.JS_2_0,
      }),
    };
  }

  /** A behavior takes one function for viewer requests, and none beside functions of Lambda for viewers. */
  private checkDefault({
    functionAssociations = [],
    lambdaFunctionAssociations = [],
  }: {
    readonly functionAssociations?: readonly { readonly eventType: string }[];
    readonly lambdaFunctionAssociations?: readonly { readonly eventType: string }[];
  }): void {
    const isTaken =
      functionAssociations.some(({ eventType }) => eventType === FunctionEventType.VIEWER_REQUEST) ||
      lambdaFunctionAssociations.some(({ eventType }) => eventType.startsWith('viewer-'));
    if (!isTaken) return;
    throw new Error(
      `pageRoutes: the default behavior has a function for viewers already, and takes one; leave pageRoutes out, and put this into yours: ${PAGE_ROUTES}`,
    );
  }

  private headers(): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'Headers', {
      responseHeadersPolicyName: nameInAccount(this, 'api'),
      comment: 'Curfew: the API is reached by TLS alone',
      securityHeadersBehavior: { strictTransportSecurity: strictTransportSecurity(false) },
    });
  }
}

function isBound({ policy }: ServedSessions): boolean {
  return policy.browserClose !== 'cookie';
}

/** @throws Error where the distribution is imported, which the type rules out, and JavaScript does not */
function resourceOf(distribution: Distribution): CfnDistribution {
  // A Distribution's default child is its CfnDistribution; the type says only that it is a construct. One that is imported has none.
  const resource = distribution.node.defaultChild as CfnDistribution | undefined;
  if (resource) return resource;
  throw new Error(
    "addTo: the distribution is known by its id only, and can't be changed; set what docs/guides/distribution.md lists in the tool that made it",
  );
}

/** @throws Error where another tool than the CDK's Distribution has written it */
function configOf({ distributionConfig }: CfnDistribution): CfnDistribution.DistributionConfigProperty {
  if ('resolve' in distributionConfig) throw new Error('distribution: its configuration is not readable yet');
  return distributionConfig;
}

function withFunction(
  { defaultCacheBehavior: behavior }: CfnDistribution.DistributionConfigProperty,
  { function: viewer, eventType }: FunctionAssociation,
): CfnDistribution.DefaultCacheBehaviorProperty {
  if ('resolve' in behavior) throw new Error('pageRoutes: the default behavior is not readable yet');
  const others = Array.isArray(behavior.functionAssociations) ? behavior.functionAssociations : [];
  const { functionArn } = viewer.functionRef;
  return { ...behavior, functionAssociations: [...others, { functionArn, eventType }] };
}

/** @throws Error naming a route that would not get to the service, since a distribution takes the first behavior that matches */
function checkPaths(
  distribution: Distribution,
  { cacheBehaviors }: CfnDistribution.DistributionConfigProperty,
  paths: readonly string[],
): void {
  const before: readonly { readonly pathPattern: string }[] =
    Stack.of(distribution).resolve(cacheBehaviors) ?? [];
  for (const route of LED) {
    const taken = before.find(({ pathPattern }) => matches(pathPattern, route));
    if (taken) {
      throw new Error(
        `paths: behavior '${taken.pathPattern}' of the distribution comes first and takes ${route}; add it by distribution.addBehavior() after addTo(), whose paths leave it its own requests`,
      );
    }
    if (paths.some((pattern) => matches(pattern, route))) continue;
    throw new Error(`paths: none of ${paths.join(', ')} leads ${route} to the service`);
  }
}

/** As CloudFront matches: `*` is any characters, `?` is one, and the slash at the beginning may be missing. */
function matches(pattern: string, path: string): boolean {
  const source = pattern
    .replace(/^\/?/, '/')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(path);
}

/** @throws Error where it has to be said: of several names, of a wildcard, or in another stack, which would refer back to this one */
function siteOrigin(
  { sessions, distribution }: SessionBehaviorsProps,
  [name, ...others]: readonly string[],
): string {
  if (sessions.hasSiteUrl) return sessions.siteUrl;
  if (others.length > 0) {
    throw new Error(
      `siteUrl: the distribution has the names ${[name, ...others].join(', ')}; say which is the site's: siteUrl: 'https://${name}' of SessionService`,
    );
  }
  if (name?.includes('*')) {
    throw new Error(
      `siteUrl: the distribution has the name ${name}, which is that of many hosts; say which is the site's: siteUrl of SessionService`,
    );
  }
  if (name !== undefined) return `https://${name}`;
  const [here, there] = [Stack.of(distribution), Stack.of(sessions)];
  if (here === there) return `https://${distribution.distributionDomainName}`;
  throw new Error(
    `siteUrl: stack ${there.stackName} can't refer to the distribution in stack ${here.stackName}, which refers to it; give SessionService the site's address as siteUrl, or the distribution a name (domainNames)`,
  );
}
