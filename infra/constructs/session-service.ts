import { Duration, Lazy, type RemovalPolicy, Token } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { Policy as PolicyValue } from '../../core/policy.ts';
import { EventPublisher } from './event-publisher.ts';
import { ExpirySweep } from './expiry-sweep.ts';
import type { Identity } from './identity.ts';
import { ServiceFunction, type SharedFunctionProps } from './service-function.ts';
import { SessionApi, type SessionApiProps, type Throttle } from './session-api.ts';
import { type PolicyProps, policyFrom } from './session-policy.ts';
import { indexArn, SessionTable, SUBJECT_INDEX } from './session-table.ts';

export interface SessionServiceProps extends PolicyProps {
  /** Who users are. */
  readonly identity: Identity;
  /**
   * Origin of the site as users see it, no path and no trailing slash: `https://app.example.com`.
   *
   * @default that of the StaticSite which serves this service in the same stack; without one, the API's own
   */
  readonly siteUrl?: string;
  /** A table made as `SessionTable` makes it: key `pk`, indexes `due` and `subject`, TTL on `ttl`, a stream of both images. @default a new one */
  readonly table?: ITableV2;
  /** How long an ended session can still say why it ended, 1 minute to 366 days. @default Duration.hours(24) */
  readonly retention?: Duration;
  /**
   * Shards of the index `due`, a power of two: at least 4 × (peak index writes a second ÷ 1,000). It may be
   * raised at any time; the sweep keeps visiting as many as were ever used.
   *
   * @default 4
   */
  readonly dueShards?: number;
  /**
   * How often to look for sessions that are over: 10 to 59 seconds, or whole minutes up to 15. A session's end is
   * announced at most this late; a request that meets it is refused on time in any case.
   *
   * @default Duration.minutes(1)
   */
  readonly sweepInterval?: Duration;
  /** Name of the event bus. @default 'curfew' */
  readonly busName?: string;
  /** Requests to sign in, over all users. @default 50 a second, 100 at once */
  readonly signInThrottle?: Throttle;
  /** Of table and logs. RETAIN also protects the table from deletion. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /** Folder with the functions' bundles. @default those of this package */
  readonly bundles?: string;
}

/** Sign-in, sessions that end on time, and their announcement: the whole back end, ready to be put behind a site. */
export class SessionService extends Construct {
  readonly table: ITableV2;
  readonly policy: PolicyValue;
  readonly httpApi: SessionApi['api'];
  readonly siteUrl: string;
  /** Where sessions are announced: `Session Started` and `Session Ended`, source `curfew`. */
  readonly bus: IEventBus;

  private site: string | undefined;

  constructor(scope: Construct, id: string, props: SessionServiceProps) {
    super(scope, id);
    this.policy = policyFrom(props);
    this.site = checkedSiteUrl(props.siteUrl);
    this.siteUrl = Lazy.string({ produce: () => this.site ?? this.httpApi.apiEndpoint });
    const removal = pick(props.removalPolicy);
    this.table = props.table ?? new SessionTable(this, 'Data', removal).table;
    this.bus = new EventBus(this, 'Bus', { eventBusName: props.busName ?? 'curfew' });

    const shared = { environment: this.storeEnvironment(props), bundles: props.bundles, ...removal };
    const api = new SessionApi(this, 'Http', {
      handlers: this.handlers(props, shared),
      signInThrottle: props.signInThrottle ?? { rateLimit: 50, burstLimit: 100 },
      ...removal,
    });
    this.httpApi = api.api;
    new ExpirySweep(this, 'Expiry', { table: this.table, shared, interval: props.sweepInterval });
    new EventPublisher(this, 'Events', { table: this.table, bus: this.bus, shared });
  }

  /** Tells the service under which origin users reach it. Called by StaticSite. */
  servedBy(siteUrl: string): void {
    this.site ??= siteUrl;
  }

  private handlers(props: SessionServiceProps, shared: SharedFunctionProps): SessionApiProps['handlers'] {
    const identity = props.identity.bind(this, { siteUrl: this.siteUrl });
    const environment = { ...shared.environment, ...this.webEnvironment(), ...identity.environment };
    const auth = new ServiceFunction(this, 'Auth', {
      ...shared,
      name: 'auth',
      description: 'Curfew auth: sign-in at the identity provider, and the way back.',
      environment,
    });
    const session = new ServiceFunction(this, 'Session', {
      ...shared,
      name: 'session',
      description: 'Curfew session: status, touch, sign-out, and the list of sessions.',
      environment,
    });
    // Sign-out asks the provider's discovery document, as the same client.
    for (const reader of [auth, session]) identity.clientSecret?.grantRead(reader.lambda);
    const { tableArn } = this.table;
    auth.allow(
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      [tableArn],
    );
    session.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:UpdateItem'], [tableArn]);
    session.allow(['dynamodb:Query'], [indexArn(this.table, SUBJECT_INDEX)]);
    return { auth: auth.lambda, session: session.lambda };
  }

  private storeEnvironment(props: SessionServiceProps): Record<string, string> {
    const retention = props.retention ?? Duration.hours(24);
    return {
      TABLE_NAME: this.table.tableName,
      RETENTION_MS: String(between('retention', retention.toMilliseconds(), 60_000, 366 * 86_400_000)),
      DUE_SHARDS: String(powerOfTwo('dueShards', props.dueShards ?? 4)),
    };
  }

  private webEnvironment(): Record<string, string> {
    return {
      SITE_URL: this.siteUrl,
      POLICY: JSON.stringify(this.policy),
      // Behind a distribution the caller's own address is the last but one of X-Forwarded-For.
      PROXY_HOPS: Lazy.string({ produce: () => (this.site === undefined ? '0' : '1') }),
    };
  }
}

function pick(removalPolicy: RemovalPolicy | undefined): { removalPolicy?: RemovalPolicy } {
  return removalPolicy === undefined ? {} : { removalPolicy };
}

/** An origin: the Origin check compares with it as it is, so a path or a slash would refuse every request. */
function checkedSiteUrl(siteUrl: string | undefined): string | undefined {
  if (siteUrl === undefined || Token.isUnresolved(siteUrl)) return siteUrl;
  if (!URL.canParse(siteUrl) || new URL(siteUrl).origin !== siteUrl || !siteUrl.startsWith('https://')) {
    throw new Error(`siteUrl must be an https:// origin without path or trailing slash, not '${siteUrl}'`);
  }
  return siteUrl;
}

function between(prop: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new Error(`${prop} must be from ${min} to ${max} ms, not ${value}`);
}

function powerOfTwo(prop: string, value: number): number {
  if (Number.isInteger(Math.log2(value)) && value >= 1 && value <= 4096) return value;
  throw new Error(`${prop} must be a power of two from 1 to 4096, not ${value}`);
}
