import { Aws, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpApi,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { CATCH_ALL, ROUTES, type RouteFunction } from '../../core/routes.ts';
import { nameInRegion } from './names.ts';

/** Requests per second, and in a burst, that a route accepts. */
export interface Throttle {
  /** Requests a second, sustained. */
  readonly rateLimit: number;
  /** Requests at once. */
  readonly burstLimit: number;
}

export interface SessionApiProps {
  readonly handlers: Readonly<Record<RouteFunction, IFunction>>;
  /** An API of the user's, to which the routes are added. @default a new one */
  readonly api?: IHttpApi | undefined;
  /** Of each route that has none of its own. @default 2,000 a second, 1,000 at once */
  readonly throttle?: Throttle | undefined;
  /** Of the sign-in routes: a callback may call the provider, before a user is known. @default 50 a second, 100 at once */
  readonly signInThrottle?: Throttle | undefined;
  /** Whether the access log has the addresses of callers. @default true */
  readonly logAddresses?: boolean | undefined;
  /** Of the access log. @default a new one */
  readonly accessLogGroup?: ILogGroup | undefined;
  /** Of the access log. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays | undefined;
  /** Of the access log. @default a key of CloudWatch Logs */
  readonly encryptionKey?: IKey | undefined;
  /** Of the access log. */
  readonly removalPolicy?: RemovalPolicy | undefined;
}

/**
 * Who called what, when, with what result. No query, since the callback's carries the code, and no cookie. Behind a
 * distribution the address is the distribution's; the functions' own log has the viewer's, under the same `requestId`.
 */
const accessLog = (hasAddresses: boolean) => ({
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  ...(hasAddresses && { ip: '$context.identity.sourceIp' }),
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
});

/**
 * Under this prefix API Gateway may write without a statement of its own in the account's one policy for log groups, which
 * has 5,120 characters and is full after some twenty APIs. The last part is of the stack's id: one that is made again finds
 * no log group of its name, which may have been retained.
 */
function vendedLogGroup(scope: Construct): string {
  return `/aws/vendedlogs/${nameInRegion(scope)}-${Fn.select(2, Fn.split('/', Aws.STACK_ID))}`;
}

/** The HTTP API: the routes of `core/routes`, and a catch-all so that a wrong path gets a problem document too. */
export class SessionApi extends Construct {
  readonly api: IHttpApi;
  /** With throttles and an access log. Undefined with an API of the user's, whose stages are theirs. */
  readonly stage: HttpStage | undefined;

  constructor(scope: Construct, id: string, props: SessionApiProps) {
    super(scope, id);
    if (props.api) this.api = this.addTo(props.api, props);
    else [this.api, this.stage] = this.newApi(props);
  }

  /**
   * Adds the routes to an API of the user's, without what it has for others: nobody who signs in passes an authorizer. In this
   * stack, whichever has the API: theirs would depend on the functions, and this one on the API.
   */
  private addTo(
    api: IHttpApi,
    { handlers, throttle, signInThrottle, accessLogGroup }: SessionApiProps,
  ): IHttpApi {
    if (throttle ?? signInThrottle ?? accessLogGroup) {
      throw new Error(
        'throttle, signInThrottle and accessLogGroup are of the stage that the service makes: with httpApi, set them at yours',
      );
    }
    const httpApi = HttpApi.fromHttpApiAttributes(this, 'Theirs', { httpApiId: api.apiId });
    const integrations = integrationsOf(handlers);
    for (const route of [...ROUTES, CATCH_ALL]) {
      new HttpRoute(this, `${route.method}${route.path}`, {
        httpApi,
        routeKey: HttpRouteKey.with(route.path, HttpMethod[route.method]),
        integration: integrations[route.function],
        authorizer: new HttpNoneAuthorizer(),
      });
    }
    this.acknowledge(this);
    return api;
  }

  private newApi(props: SessionApiProps): [HttpApi, HttpStage] {
    const api = new HttpApi(this, 'Api', {
      description: 'Curfew: sessions. Reached through the site, on the same origin.',
      createDefaultStage: false,
    });
    const log =
      props.accessLogGroup ??
      new LogGroup(this, 'AccessLogs', {
        logGroupName: vendedLogGroup(this),
        retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
        ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
        removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: props.throttle ?? { rateLimit: 2_000, burstLimit: 1_000 },
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: AccessLogFormat.custom(JSON.stringify(accessLog(props.logAddresses ?? true))),
      },
    });
    addRoutes(api, stage, props);
    this.acknowledge(api);
    return [api, stage];
  }

  private acknowledge(routes: IConstruct): void {
    Validations.of(routes).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'The functions themselves check the session: an authorizer could neither set cookies nor say in the body why a session is over. Sign-in comes before anyone is known',
    });
  }
}

function addRoutes(api: HttpApi, { node }: HttpStage, { handlers, signInThrottle }: SessionApiProps): void {
  const integrations = integrationsOf(handlers);
  const { rateLimit, burstLimit } = signInThrottle ?? { rateLimit: 50, burstLimit: 100 };
  // An HttpStage's default child is its CfnStage; the type says only that it is a construct.
  const stage = node.defaultChild as CfnStage;
  const settings: Record<string, object> = {};
  for (const route of [...ROUTES, CATCH_ALL]) {
    const [added] = api.addRoutes({
      path: route.path,
      methods: [HttpMethod[route.method]],
      integration: integrations[route.function],
    });
    if (!route.path.startsWith('/api/auth/') || added === undefined) continue;
    settings[`${route.method} ${route.path}`] = {
      ThrottlingRateLimit: rateLimit,
      ThrottlingBurstLimit: burstLimit,
    };
    // Settings of a route that doesn't exist yet fail the deployment.
    stage.node.addDependency(added);
  }
  stage.addPropertyOverride('RouteSettings', settings);
}

function integrationsOf(handlers: SessionApiProps['handlers']): Record<RouteFunction, HttpLambdaIntegration> {
  return {
    auth: new HttpLambdaIntegration('Auth', handlers.auth),
    session: new HttpLambdaIntegration('Session', handlers.session),
  };
}

/** Address of an API. One that was made elsewhere may be known by its id alone. */
export function endpointOf(api: IHttpApi): string {
  if (api instanceof HttpApi) return api.apiEndpoint;
  try {
    return api.apiEndpoint;
  } catch {
    // The CDK's imported API throws where it was given none.
    const { region, urlSuffix } = Stack.of(api);
    return `https://${api.apiId}.execute-api.${region}.${urlSuffix}`;
  }
}
