import { Aws, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
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
  /** Of each route that has none of its own. */
  readonly throttle: Throttle;
  /** Of the sign-in routes: a callback may call the provider, before a user is known. */
  readonly signInThrottle: Throttle;
  /** Whether the access log has the addresses of callers. @default true */
  readonly logAddresses?: boolean | undefined;
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
  readonly api: HttpApi;
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, props: SessionApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      description: 'Curfew: sessions. Reached through the site, on the same origin.',
      createDefaultStage: false,
    });
    const log = new LogGroup(this, 'AccessLogs', {
      logGroupName: vendedLogGroup(this),
      retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: props.throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: AccessLogFormat.custom(JSON.stringify(accessLog(props.logAddresses ?? true))),
      },
    });
    this.addRoutes(props);
    Validations.of(this.api).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'The functions themselves check the session: an authorizer could neither set cookies nor say in the body why a session is over. Sign-in comes before anyone is known',
    });
  }

  private addRoutes({ handlers, signInThrottle }: SessionApiProps): void {
    const integrations = {
      auth: new HttpLambdaIntegration('Auth', handlers.auth),
      session: new HttpLambdaIntegration('Session', handlers.session),
    };
    // An HttpStage's default child is its CfnStage; the type says only that it is a construct.
    const stage = this.stage.node.defaultChild as CfnStage;
    const settings: Record<string, object> = {};
    for (const route of [...ROUTES, CATCH_ALL]) {
      const [added] = this.api.addRoutes({
        path: route.path,
        methods: [HttpMethod[route.method]],
        integration: integrations[route.function],
      });
      if (!route.path.startsWith('/api/auth/') || added === undefined) continue;
      settings[`${route.method} ${route.path}`] = {
        ThrottlingRateLimit: signInThrottle.rateLimit,
        ThrottlingBurstLimit: signInThrottle.burstLimit,
      };
      // Settings of a route that doesn't exist yet fail the deployment.
      stage.node.addDependency(added);
    }
    stage.addPropertyOverride('RouteSettings', settings);
  }
}
