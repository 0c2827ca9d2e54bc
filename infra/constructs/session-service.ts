import {
  Duration,
  Lazy,
  RemovalPolicy,
  type SecretValue,
  Stack,
  Token,
  TokenComparison,
  Validations,
} from 'aws-cdk-lib';
import { RequestAuthorizer, type RestApiBase } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, type HttpStage, type IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { ITableV2, TableV2, WarmThroughput } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IEventBus, type Rule } from 'aws-cdk-lib/aws-events';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type Alias, type IFunction, Function as LambdaFunction, type Version } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { FunctionEnvironment } from '../../core/contract.ts';
import type { Policy as PolicyValue } from '../../core/policy.ts';
import type { AlarmThresholds } from './alarm-thresholds.ts';
import { allowLogs } from './encryption.ts';
import { EventPublisher } from './event-publisher.ts';
import { ExpirySweep } from './expiry-sweep.ts';
import { type FunctionProps, functionProps } from './function-props.ts';
import { grantIndex, grantRows, grantSecretValue } from './grants.ts';
import { type BoundIdentity, Identity } from './identity.ts';
import { ImportedSessionService, type SessionServiceAttributes } from './imported-service.ts';
import { nameInRegion } from './names.ts';
import { Observability } from './observability.ts';
import { OriginSecrets } from './origin-secrets.ts';
import { acknowledgeService } from './rule-packs.ts';
import { ServiceFunction, type SharedFunctionProps } from './service-function.ts';
import { endpointOf, SessionApi, type Throttle } from './session-api.ts';
import { SessionBehaviors, type SessionBehaviorsOptions } from './session-behaviors.ts';
import { type PolicyProps, policyFrom } from './session-policy.ts';
import { busHere, type ISessionService, SessionServiceBase } from './session-service-base.ts';
import { SessionTable } from './session-table.ts';
import { lackingOf } from './table-check.ts';

/** The service and the rules of its sessions. Every prop has a default. */
export interface SessionServiceProps extends PolicyProps, FunctionProps {
  /** Who users are. @default Identity.cognito() */
  readonly identity?: Identity | undefined;
  /**
   * Origin of the site as users see it, no path and no trailing slash: `https://app.example.com`.
   *
   * @default that of the distribution that serves this service in the same stack, by StaticSite or {@link SessionService.addTo}; without one, the API's own
   */
  readonly siteUrl?: string | undefined;
  /**
   * What the distribution in front of the service adds to each request, as header `x-curfew-origin`: a request with none of
   * these went around it, and gets 403 from the API, the guarded handlers that `protect()` prepared, and the authorizer.
   * Only with them are the addresses of viewers taken from `X-Forwarded-For`. The first is sent (see {@link SessionService.originHeaders}), each
   * is accepted: rotate by `[old, new]`, `[new, old]` and `[new]`, a deployment each. Take secrets of Secrets Manager
   * (`secret.secretValue`), of which the template has a reference only. Each has 32 characters or more, ASCII without spaces.
   *
   * @default those that StaticSite or {@link SessionService.addTo} makes; without either none, and any request is answered
   */
  readonly originSecrets?: readonly SecretValue[] | undefined;
  /**
   * Whether the log of requests and the API's access log have the addresses of viewers, which are personal data. The list
   * of a user's own sessions has them in any case.
   *
   * @default true
   */
  readonly logAddresses?: boolean | undefined;
  /**
   * A table made as `SessionTable` makes it: key `pk`, indexes `due` and `subject`, TTL on `ttl`, a stream of both images. One of
   * this CDK app that lacks any of it fails the synthesis, by name. One that was made elsewhere can't be looked at: with a
   * wrong key every request is 503, and the log has the `ValidationException` of DynamoDB.
   *
   * @default a new one
   */
  readonly table?: ITableV2 | TableV2 | undefined;
  /**
   * Requests a second that the new table and each of its two indexes take at once: for a known peak. AWS takes money once for
   * what is beyond 12,000 reads and 4,000 writes, and it can't be lowered again.
   *
   * @default what an on-demand table begins with, which doubles by itself within half an hour
   */
  readonly warmThroughput?: WarmThroughput | undefined;
  /**
   * An HTTP API of yours, in the same account and region, to which the routes under `/api` are added, made here or elsewhere. No
   * authorizer of it stands before them. Its stage has to be `$default`, since the name of another one would be in each path, and has to
   * deploy automatically (`AutoDeploy`), or it never serves the routes; throttling and access log are the stage's and so yours, and the
   * alarm `ServerErrors` hears your own routes too. Without a distribution in front of it, its address is where users come: give `siteUrl`.
   *
   * @default a new one
   */
  readonly httpApi?: IHttpApi | HttpApi | undefined;
  /** A log group of yours for the API's access log. @default a new one under `/aws/vendedlogs/` */
  readonly accessLogGroup?: ILogGroup | undefined;
  /**
   * Key of KMS that encrypts table, bus (but not one of yours), queue, logs and secrets, the site's origin secrets included. The functions' roles
   * are allowed what DynamoDB, SQS and Secrets Manager ask of it in their name, and so is whatever gets one of the grants
   * below. For a distribution in another region, the replica of an origin secret there has the key `aws/secretsmanager` of that region, since
   * a key is of one. A key that was made elsewhere has to allow CloudWatch Logs and EventBridge in its own policy. It may be set,
   * changed and taken away at any time; what was encrypted with it before needs it for as long as it is kept.
   *
   * @default keys that AWS owns; with `rulePacks` a new one
   */
  readonly encryptionKey?: IKey | undefined;
  /**
   * Whether the service, and the site in front of it, pass cdk-nag's packs for PCI DSS 3.2.1, HIPAA and NIST SP 800-53 (revision 5): everything is
   * encrypted with a key of the account's own, which rotates, each alarm has an action (`alarmActions`), and each rule
   * that is not followed has its reason. It changes nothing else, and passing the packs is not compliance.
   *
   * @default false
   */
  readonly rulePacks?: boolean | undefined;
  /** How long an ended session can still say why it ended, 1 minute to 366 days. @default Duration.hours(24) */
  readonly retention?: Duration | undefined;
  /**
   * Shards of the index `due`, a power of two: at least 4 × (peak index writes a second ÷ 1,000). It may be
   * raised or lowered at any time; the sweep keeps visiting as many as were ever used. 16 take 4,000 index writes a second.
   *
   * @default 16
   */
  readonly dueShards?: number | undefined;
  /**
   * How often to look for expired sessions: 10 to 59 seconds, or whole minutes up to 15. The end of a session is
   * announced at most this late; a request with an expired session is rejected on time in any case. Under a minute, an invocation
   * waits between its sweeps, for which Lambda takes about $30 a month at 30 seconds, and $50 at 10.
   *
   * @default Duration.minutes(1)
   */
  readonly sweepInterval?: Duration | undefined;
  /**
   * Invocations of the sweep that may run at once, reserved from the account's concurrency: 2 contain a runaway and let
   * one begin while another ends.
   *
   * @default none reserved: an account with the quota that it starts with (10) can't reserve any
   */
  readonly sweepReservedConcurrency?: number | undefined;
  /** @deprecated the former name of {@link sweepReservedConcurrency}, which wins where both are set */
  readonly sweepConcurrency?: number | undefined;
  /**
   * Sessions that one invocation of the sweep writes at once, 1 to 1,000. More of them end more sessions in the same
   * time, as far as the table takes them.
   *
   * @default 32
   */
  readonly sweepParallelWrites?: number | undefined;
  /**
   * Memory of the sweep, MB, 128 to 10,240. Lambda gives a function processor time in proportion: with 1,769 it has one
   * processor, and ended 1,718 sessions a second, against 290 with 512.
   *
   * @default 1769
   */
  readonly sweepMemory?: number | undefined;
  /**
   * Invocations of the publisher that may run at once for each shard of the table's stream, 1 to 10. The changes of one
   * session stay in order. A change that can't be announced holds up the sessions of its own part of the shard only, a
   * tenth with 10. In an account with the quota that it starts with (10 invocations at once), 2 leave room for requests.
   *
   * @default 10
   */
  readonly publishParallelization?: number | undefined;
  /**
   * Which of the services in an account and region this is, in each metric (dimension `service`), event and line of a log:
   * 1 to 64 letters, digits, `-`, `_` and `.`, and no other service's. Up to release 0.1 it was `curfew`.
   *
   * @default of the stack's name and the path of the construct in it
   */
  readonly serviceName?: string | undefined;
  /**
   * Name of the event bus that the service makes, another in each stack of an account and region. A new name is a new bus:
   * rules of other stacks stay behind at the former one, which up to release 0.1 was `curfew`.
   *
   * @default of the stack's name and the path of the construct in it
   */
  readonly busName?: string | undefined;
  /**
   * A bus of yours, in the same account and region, which may carry other events too. {@link SessionService.onSessionEnded} and
   * {@link SessionService.onSessionStarted} hear those of this service alone.
   *
   * @default a bus of the service's own
   */
  readonly eventBus?: IEventBus | undefined;
  /**
   * `always`: the provider authenticates the user again at every sign-in. `after-end`: only where the browser had a
   * session here, so that the provider may sign in a browser that lost its cookie without asking the user. The standards of
   * the presets ask the user, so it is rejected with one.
   *
   * @default 'always'
   */
  readonly reauthentication?: 'always' | 'after-end' | undefined;
  /**
   * Live sessions that a user may have at once, 1 to 100: one sign-in more ends the oldest (`superseded`).
   *
   * @default any number
   */
  readonly maxSessionsPerUser?: number | undefined;
  /** Whether sign-out clears everything that the browser stores for the site (`Clear-Site-Data`). @default false */
  readonly clearSiteData?: boolean | undefined;
  /** Whether there are alarms and a dashboard. @default true */
  readonly alarms?: boolean | undefined;
  /** What an alarm does, such as `new SnsAction(topic)`. @default nothing: it is seen on the dashboard */
  readonly alarmActions?: readonly IAlarmAction[] | undefined;
  /** What raises the alarms, each by its name in the runbook, such as `{ ServerErrors: 20 }`. @default what each says of itself */
  readonly alarmThresholds?: AlarmThresholds | undefined;
  /** Requests to sign in, over all users. @default 50 a second, 100 at once */
  readonly signInThrottle?: Throttle | undefined;
  /**
   * Requests to each other route of the API, over all users; a request beyond it is 429. With the default policy, the page
   * of a user who works sends one about every four minutes. The account's own limit stands above it.
   *
   * @default 2,000 a second, 1,000 at once
   */
  readonly throttle?: Throttle | undefined;
  /** How long the logs of the functions and of the API are kept, but not those in groups of yours. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays | undefined;
  /**
   * Of table, user pool, service secret, key and logs: what becomes of them when the stack is deleted. RETAIN also leaves them
   * when the first deployment fails, RETAIN_ON_UPDATE_OR_DELETE deletes them then. Unless it is DESTROY, the table has
   * point-in-time recovery.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy | undefined;
  /**
   * Whether DynamoDB and Cognito refuse to delete the table and the user pool, whoever asks. With RETAIN_ON_UPDATE_OR_DELETE, set it once
   * the first deployment has succeeded: a roll-back could not delete them otherwise.
   *
   * @default true with RemovalPolicy.RETAIN, otherwise false
   */
  readonly deletionProtection?: boolean | undefined;
  /** Folder with the functions' bundles. @default those of this package */
  readonly bundles?: string | undefined;
}

/** Sign-in, sessions that end on time, and their announcement: the whole back end, ready to be put behind a site. */
export class SessionService extends SessionServiceBase {
  /**
   * A service that was made elsewhere: another stack, region or account. Its sessions can be guarded, and its events heard in the region and
   * account of its bus; within one CDK app and region, hand over the service itself.
   */
  static fromAttributes(scope: Construct, id: string, attributes: SessionServiceAttributes): ISessionService {
    return new ImportedSessionService(scope, id, attributes);
  }

  /** The one table: the prop, or a new one. */
  readonly table: ITableV2;
  /** The rules that new sessions get, defaults included, in ms. */
  readonly policy: PolicyValue;
  /** The API under `/api`, made here or the prop. A distribution in front of it needs `/api/*` to lead here, uncached. */
  readonly api: IHttpApi;
  /** The stage of the API, with throttles and access log. Undefined with an API of yours. */
  readonly stage: HttpStage | undefined;
  /** Origin of the site, no trailing slash. A token where a `StaticSite` in the same stack decides it. */
  readonly siteUrl: string;
  /** Encrypts what the service keeps. Undefined: keys that AWS owns do. */
  readonly encryptionKey: IKey | undefined;
  /** Whether the prop `rulePacks` is set, for what stands beside the service. */
  readonly passesRulePacks: boolean;
  /** Where sessions are announced: `Session Started` and `Session Ended`, source `curfew`. */
  readonly bus: IEventBus;
  /** Which of the services in an account and region this is: `service` of its metrics and events. */
  readonly serviceName: string;
  /** The pool of `Identity.cognito()` or `Identity.userPool()`; undefined with another provider. */
  readonly userPool: IUserPool | undefined;
  /** Its alarms and its dashboard; undefined with `alarms: false`. */
  readonly observability: Observability | undefined;
  /** Its functions, for what no prop says: a layer, a reservation (`functions.session.node.defaultChild`). */
  readonly functions: Readonly<Record<'auth' | 'session' | 'sweep' | 'publish', LambdaFunction>>;
  /** Runs the sweep. */
  readonly schedule: Rule;
  /** Gets a message for each record that is not announced and will not be. */
  readonly failureQueue: Queue;
  /** Seals what browsers carry for the service. */
  readonly serviceSecret: Secret;

  protected readonly store: FunctionEnvironment;
  protected readonly originSecrets: OriginSecrets;
  private readonly shared: SharedFunctionProps;
  private readonly isBusShared: boolean;
  private readonly isSiteGiven: boolean;
  private siteOrigin: string | undefined;
  private readonly authorizers: Partial<Record<'reject' | 'attach', HttpLambdaAuthorizer>> = {};
  private admin: LambdaFunction | undefined;

  constructor(scope: Construct, id: string, props: SessionServiceProps = {}) {
    super(scope, id);
    this.policy = policyFrom(props);
    checkReauthentication(props);
    checkAlarms(props);
    checkTable(this, props);
    this.siteOrigin = checkedSiteUrl(props.siteUrl);
    this.isSiteGiven = props.siteUrl !== undefined;
    this.originSecrets = new OriginSecrets(props.originSecrets);
    this.siteUrl = Lazy.string({ produce: () => this.siteOrigin ?? endpointOf(this.api) });
    const removal = pick(props.removalPolicy);
    this.passesRulePacks = props.rulePacks ?? false;
    if (this.passesRulePacks) this.followRulePacks(props);
    this.encryptionKey = props.encryptionKey ?? (this.passesRulePacks ? this.newKey(props) : undefined);
    if (this.encryptionKey) allowLogs(this.encryptionKey);
    const encryption = this.encryptionKey && { encryptionKey: this.encryptionKey };
    this.table = props.table ?? this.newTable(props);
    this.serviceName = checkedServiceName(props.serviceName) ?? nameInRegion(this);
    this.isBusShared = props.eventBus !== undefined;
    this.bus = this.eventBus(props);
    this.store = this.storeEnvironment(props);
    const { logRetention } = props;
    const shared = {
      ...functionProps(props),
      environment: this.store,
      bundles: props.bundles,
      logRetention,
      ...encryption,
      ...removal,
    };
    this.shared = shared;
    const identity = (props.identity ?? Identity.cognito()).bind(this, {
      siteUrl: this.siteUrl,
      removalPolicy: props.removalPolicy,
      ...protection(props),
    });
    this.userPool = identity.userPool;
    this.serviceSecret = this.newSecret(props);
    const { auth, session } = this.webFunctions(props, shared, identity);
    const api = new SessionApi(this, 'Http', {
      handlers: { auth, session },
      api: props.httpApi,
      throttle: props.throttle,
      signInThrottle: props.signInThrottle,
      accessLogGroup: props.accessLogGroup,
      logAddresses: props.logAddresses,
      logRetention,
      ...encryption,
      ...removal,
    });
    this.api = api.api;
    this.stage = api.stage;
    const expiry = new ExpirySweep(this, 'Expiry', {
      table: this.table,
      shared,
      interval: props.sweepInterval,
      reservedConcurrency: props.sweepReservedConcurrency ?? props.sweepConcurrency,
      parallelWrites: props.sweepParallelWrites,
      memory: props.sweepMemory,
    });
    const events = new EventPublisher(this, 'Events', {
      table: this.table,
      bus: this.bus,
      shared,
      parallelization: props.publishParallelization,
    });
    this.functions = {
      auth,
      session,
      sweep: expiry.function.lambda,
      publish: events.function.lambda,
    };
    this.schedule = expiry.rule;
    this.failureQueue = events.failures;
    if (props.alarms ?? true) {
      this.observability = new Observability(this, 'Observability', {
        service: this.serviceName,
        table: this.table,
        api: api.api,
        functions: this.functions,
        failures: this.failureQueue,
        schedule: this.schedule,
        thresholds: props.alarmThresholds,
        sweepInterval: expiry.interval,
        actions: props.alarmActions,
      });
    }
  }

  /**
   * Tells the service the origin at which users reach it, and the secrets that the distribution may add to its requests: the
   * first is sent, each is accepted. Called by StaticSite and {@link addTo}. The props `siteUrl` and `originSecrets` come before them.
   *
   * @throws Error for an origin that is none, and for a second one where `siteUrl` does not say which is the site's
   */
  servedBy(siteOrigin: string, ...originSecrets: readonly ISecret[]): void {
    if (!this.isSiteGiven) {
      if (this.siteOrigin !== undefined) {
        throw new Error(
          "siteUrl: the service is behind a distribution already; say which address is the site's: siteUrl of SessionService",
        );
      }
      this.siteOrigin = checkedSiteUrl(siteOrigin);
    }
    this.originSecrets.offer(originSecrets);
  }

  /**
   * Lets the distributions of a stack send the origin secrets that were made for the service: they are exported, or have a replica in
   * its region. Called by StaticSite and {@link addTo}.
   *
   * @throws Error in another region than that of the distribution which the secrets were made for, where they have no name
   */
  servedFrom(stack: Stack): void {
    this.originSecrets.sendFrom(stack);
  }

  /**
   * Puts the service behind a distribution of yours, in this stack or in another, in any region: behaviors for its API, uncached, which
   * send the origin secret; the challenge, where sessions are bound to a run of the browser; and no error of the whole distribution is kept. It tells the service its origin secrets and,
   * unless `siteUrl` does, its origin. What can't be made so is refused, with what to change.
   *
   * @throws Error where another behavior takes the API's requests, an error response would answer them, or the origin of the site is not known
   */
  addTo(distribution: Distribution, options: SessionBehaviorsOptions = {}): SessionBehaviors {
    return new SessionBehaviors(distribution, 'Sessions', { ...options, sessions: this, distribution });
  }

  /** Its guards know the table by name, and would look for it in a region of their own. */
  protected override checkReach(handler: IFunction | Alias | Version): void {
    const { region } = Stack.of(handler);
    if (Token.compareStrings(region, Stack.of(this).region) !== TokenComparison.DIFFERENT) return;
    throw new Error(
      `protect: ${handler.node.path} is in ${region}, where it would look for the table; let SessionService.fromAttributes() in its stack protect it, which knows the table by its ARN`,
    );
  }

  /** Whether the service knows the origin of its site already. */
  get hasSiteUrl(): boolean {
    return this.siteOrigin !== undefined;
  }

  /**
   * The API, for routes of your own beside those of the service.
   *
   * @throws Error where it was made elsewhere (`HttpApi.fromHttpApiAttributes()`): it takes routes as `new HttpRoute()`
   */
  get httpApi(): HttpApi {
    if (this.api instanceof HttpApi) return this.api;
    throw new Error('httpApi: this API was made elsewhere, and takes routes as new HttpRoute() alone');
  }

  /** Whether the service knows its origin secrets already: a `StaticSite` then makes none. */
  get hasOriginSecrets(): boolean {
    return this.originSecrets.areGiven;
  }

  /**
   * The custom header of a distribution's origin that leads to {@link httpApi}, or to a server of yours that guards its
   * handlers: `new HttpOrigin(host, { customHeaders: sessions.originHeaders })`.
   *
   * @throws Error where there are no origin secrets once the template is written
   */
  get originHeaders(): Record<string, string> {
    return { ...this.originSecrets.headers };
  }

  /**
   * The guard as a Lambda authorizer, for routes whose handler can't have the middleware. It runs at every request:
   * a cached answer would outlive the session. Called again, it is the same authorizer, for the routes of one API.
   *
   * @param onEnded `attach` lets the request of an ended session through, with the reason in its context
   */
  authorizer(onEnded: 'reject' | 'attach' = 'reject'): HttpLambdaAuthorizer {
    this.authorizers[onEnded] ??= new HttpLambdaAuthorizer(
      authorizerId(onEnded),
      this.authorizerFunction(onEnded),
      {
        responseTypes: [HttpLambdaResponseType.SIMPLE],
        identitySource: [],
        resultsCacheTtl: Duration.seconds(0),
      },
    );
    return this.authorizers[onEnded];
  }

  /**
   * The same for the methods of a REST API, in this stack or in another, as its request authorizer. It runs at every request, too: no
   * result is cached, and no header has to be there for it to be asked, or API Gateway would answer 401 in its place.
   *
   * @param onEnded `attach` lets the request of an ended session through, with the reason in its context
   * @returns the same one for the same API
   */
  restAuthorizer(api: RestApiBase, onEnded: 'reject' | 'attach' = 'reject'): RequestAuthorizer {
    const id = `${nameInRegion(this)}-${authorizerId(onEnded)}`;
    const made = api.node.tryFindChild(id);
    if (made instanceof RequestAuthorizer) return made;
    const lambda = this.authorizerFunction(onEnded);
    const { functionArn } = lambda;
    // In the stack of the function, the permission would refer to the stack of the API, which refers to the function.
    const handler =
      Stack.of(api) === Stack.of(this)
        ? lambda
        : LambdaFunction.fromFunctionAttributes(api, `${id}Function`, { functionArn, sameEnvironment: true });
    return new RequestAuthorizer(api, id, {
      handler,
      identitySources: [],
      resultsCacheTtl: Duration.seconds(0),
    });
  }

  /** One function serves the authorizers of all APIs. */
  private authorizerFunction(onEnded: 'reject' | 'attach'): LambdaFunction {
    const id = authorizerId(onEnded);
    const known = this.node.tryFindChild(id);
    if (known instanceof ServiceFunction) return known.lambda;
    const { lambda } = new ServiceFunction(this, id, {
      ...this.shared,
      name: 'authorizer',
      description: 'Curfew authorizer: lets live sessions through.',
      environment: { ...this.guardVariables, GUARD_ON_ENDED: onEnded },
    });
    this.grantGuard(lambda);
    return lambda;
  }

  /**
   * The admin function: lists and ends sessions, and erases users, for principals that IAM lets invoke it. It has no route:
   * `npm exec --no -- curfew sessions revoke --all --function <name>`. Called again, it is the same function.
   */
  administration(): LambdaFunction {
    this.admin ??= this.newAdmin();
    return this.admin;
  }

  private newAdmin(): LambdaFunction {
    const { lambda } = new ServiceFunction(this, 'Admin', {
      ...this.shared,
      name: 'admin',
      description: 'Curfew admin: lists and ends sessions and erases users, for whoever may invoke it.',
      environment: this.store,
      // 500 sessions per invocation, 32 at once, with a store that answers only third attempts.
      timeout: Duration.seconds(60),
    });
    grantRows(lambda, this.table, ['BatchGetItem', 'UpdateItem'], ['session']);
    grantRows(lambda, this.table, ['UpdateItem'], ['subject']);
    grantRows(lambda, this.table, ['DeleteItem'], ['session', 'subject']);
    grantRows(lambda, this.table, ['GetItem', 'UpdateItem'], ['dueShards']);
    grantIndex(lambda, this.table, 'subject');
    grantIndex(lambda, this.table, 'due');
    return lambda;
  }

  private newTable(props: SessionServiceProps): ITableV2 {
    const { warmThroughput } = props;
    return new SessionTable(this, 'Data', {
      ...pick(props.removalPolicy),
      ...protection(props),
      warmThroughput,
      encryptionKey: this.encryptionKey,
    }).table;
  }

  private eventBus({ eventBus, busName }: SessionServiceProps): IEventBus {
    if (!eventBus) {
      return new EventBus(this, 'Bus', {
        eventBusName: busName ?? nameInRegion(this),
        ...(this.encryptionKey && { kmsKey: this.encryptionKey }),
      });
    }
    if (busName === undefined) return busHere(this, eventBus);
    throw new Error('busName names the bus that the service makes: with eventBus it makes none');
  }

  private followRulePacks({ alarms = true, alarmActions = [] }: SessionServiceProps): void {
    if (alarms && alarmActions.length === 0) {
      throw new Error('rulePacks needs alarmActions: the packs ask who hears of an alarm');
    }
    acknowledgeService(this);
  }

  private newKey({ removalPolicy = RemovalPolicy.RETAIN }: SessionServiceProps): Key {
    return new Key(this, 'Key', {
      description: 'Curfew: encrypts table, bus, queue, logs and secrets',
      enableKeyRotation: true,
      removalPolicy,
    });
  }

  protected announcements(): { bus: IEventBus; isShared: boolean } {
    // Not shared: a bus of its own, to which events without a service come during the upgrade from 0.1.
    return { bus: this.bus, isShared: this.isBusShared };
  }

  private webFunctions(
    props: SessionServiceProps,
    shared: SharedFunctionProps,
    identity: BoundIdentity,
  ): Record<'auth' | 'session', LambdaFunction> {
    const secret = this.serviceSecret;
    const environment = {
      ...this.guardVariables,
      POLICY: JSON.stringify(this.policy),
      ...identity.environment,
      SERVICE_SECRET_ARN: secret.secretArn,
      // Behind a distribution the viewer's address is the last but one of X-Forwarded-For. Who comes around it writes there
      // what they like, which the secret alone shows.
      PROXY_HOPS: Lazy.string({ produce: () => (this.originSecrets.areGiven ? '1' : '0') }),
      LOG_ADDRESSES: String(props.logAddresses ?? true),
      REAUTHENTICATION: props.reauthentication ?? 'always',
      CLEAR_SITE_DATA: String(props.clearSiteData ?? false),
    };
    const { maxSessionsPerUser: limit } = props;
    const { lambda: auth } = new ServiceFunction(this, 'Auth', {
      ...shared,
      name: 'auth',
      // Up to seven calls, each with its own limit; the request as a whole gives up after 12 s, with a page.
      timeout: Duration.seconds(15),
      description: 'Curfew auth: sign-in at the identity provider, and the way back.',
      environment: {
        ...environment,
        ...(limit !== undefined && { MAX_SESSIONS: String(sessionLimit(limit)) }),
      },
    });
    const { lambda: session } = new ServiceFunction(this, 'Session', {
      ...shared,
      name: 'session-api',
      description: 'Curfew session: status, touch, sign-out, and the list of sessions.',
      environment,
    });
    this.grantSignIn(auth, limit !== undefined);
    if (identity.clientSecret) grantSecretValue(auth, identity.clientSecret);
    this.grantRevoke(session);
    for (const lambda of [auth, session]) grantSecretValue(lambda, secret);
    return { auth, session };
  }

  /**
   * Seals what browsers carry for the service. Only `auth` and `session` know where it is, and read it when they need it:
   * a variable would show it to whoever may look at a function, and keep a rotated one until the next deployment.
   */
  private newSecret({ removalPolicy = RemovalPolicy.RETAIN }: SessionServiceProps): Secret {
    const secret = new Secret(this, 'ServiceSecret', {
      description: 'Curfew: seals sign-ins under way and other values that browsers carry',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      ...(this.encryptionKey && { encryptionKey: this.encryptionKey }),
      removalPolicy,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Nobody knows it, and a new version may be put at any time: when is the owner’s decision',
    });
    return secret;
  }

  /**
   * Allows what a sign-in does: the note that it is finished, a session, the end of the one before it, a look whether all
   * of the user's sessions were ended meanwhile, and the record of the shards that sessions are spread over.
   *
   * @param limited whether a user's oldest sessions end for a new one
   */
  private grantSignIn(grantee: IGrantable, limited: boolean): void {
    grantRows(grantee, this.table, ['GetItem', 'UpdateItem'], ['session', 'dueShards']);
    grantRows(grantee, this.table, ['GetItem'], ['subject']);
    grantRows(grantee, this.table, ['PutItem'], ['session', 'signIn']);
    if (!limited) return;
    grantRows(grantee, this.table, ['BatchGetItem'], ['session']);
    grantIndex(grantee, this.table, 'subject');
  }

  private storeEnvironment(props: SessionServiceProps): FunctionEnvironment {
    const retention = props.retention ?? Duration.hours(24);
    return {
      TABLE_NAME: this.table.tableName,
      RETENTION_MS: String(between('retention', retention.toMilliseconds(), 60_000, 366 * 86_400_000)),
      DUE_SHARDS: String(powerOfTwo('dueShards', props.dueShards ?? 16)),
      SESSION_SERVICE: this.serviceName,
    };
  }
}

function authorizerId(onEnded: 'reject' | 'attach'): string {
  return onEnded === 'reject' ? 'Authorizer' : 'AttachingAuthorizer';
}

function pick(removalPolicy: RemovalPolicy | undefined): { removalPolicy?: RemovalPolicy } {
  return removalPolicy === undefined ? {} : { removalPolicy };
}

function protection({ deletionProtection }: SessionServiceProps): { deletionProtection?: boolean } {
  return deletionProtection === undefined ? {} : { deletionProtection };
}

/** Who comes back after the idle timeout of a standard authenticates again, with or without the cookie. */
function checkReauthentication({ policy, reauthentication }: SessionServiceProps): void {
  if (policy === undefined || reauthentication !== 'after-end') return;
  throw new Error(
    `reauthentication must be 'always' with the preset ${policy.name}: a browser that lost its cookie would be signed in without being asked`,
  );
}

/** Who sets these expects to hear of something. */
function checkAlarms({ alarms = true, alarmThresholds, alarmActions = [] }: SessionServiceProps): void {
  if (alarms) return;
  if (alarmThresholds) throw new Error('alarmThresholds: with alarms: false there is none to raise');
  if (alarmActions.length > 0)
    throw new Error('alarmActions: with alarms: false there is none that would act');
}

/** A table of this app may be changed until the template is written. */
function checkTable(scope: Construct, { table, warmThroughput }: SessionServiceProps): void {
  if (!table) return;
  if (warmThroughput)
    throw new Error('warmThroughput is of the table that the service makes: set it at yours');
  scope.node.addValidation({ validate: () => lackingOf(table) });
}

/** The Origin check compares with it byte by byte, so a path or a slash would reject every request. */
function checkedSiteUrl(siteUrl: string | undefined): string | undefined {
  if (siteUrl === undefined || Token.isUnresolved(siteUrl)) return siteUrl;
  const isOrigin = URL.canParse(siteUrl) && new URL(siteUrl).origin === siteUrl;
  if (isOrigin && siteUrl.startsWith('https://') && !siteUrl.includes('*')) return siteUrl;
  throw new Error(
    `siteUrl must be an https:// origin of one host, without path or trailing slash, not '${siteUrl}'`,
  );
}

/** It is a dimension of metrics, and part of a search expression. */
function checkedServiceName(name: string | undefined): string | undefined {
  if (name === undefined || /^[\w.-]{1,64}$/.test(name)) return name;
  throw new Error(`serviceName must have 1 to 64 letters, digits, '-', '_' or '.', not '${name}'`);
}

function between(prop: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new Error(`${prop} must be from ${min} to ${max} ms, not ${value}`);
}

function powerOfTwo(prop: string, value: number): number {
  if (Number.isInteger(Math.log2(value)) && value >= 1 && value <= 4096) return value;
  throw new Error(`${prop} must be a power of two from 1 to 4096, not ${value}`);
}

function sessionLimit(value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= 100) return value;
  throw new Error(`maxSessionsPerUser must be a whole number from 1 to 100, not ${value}`);
}
