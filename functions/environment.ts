import * as z from 'zod/mini';
import {
  BROWSER_CLOSE,
  DEFAULT_SERVICE,
  type EnvironmentVariable,
  USUAL_RETENTION_MS,
} from '../core/contract.ts';
import { type Policy, usualAbsoluteWarning } from '../core/policy.ts';

/**
 * What the template tells the functions, read once when a function starts. Only composition roots
 * (`functions/<name>/index.ts`) call this; everything below them is handed what it needs.
 */

/** Whether a text is an address whose origin can be compared with a browser's. */
export function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** Schemas by variable. With `satisfies`, a name that is not in the contract does not compile. */
type Variables = Partial<Record<EnvironmentVariable, z.ZodMiniType>>;

const STORE = {
  /** The one table. */
  TABLE_NAME: z.string(),
  /** How long an ended session can still say why it ended, ms. */
  RETENTION_MS: z.coerce.number(),
  /** Shards of the index `due`. */
  DUE_SHARDS: z.coerce.number(),
  /**
   * Whether a rejected conditional write returns the old item (DynamoDB, DynamoDB Local) or must be followed
   * by a read (dynalite).
   */
  OLD_ITEM_ON_REFUSAL: z._default(z.enum(['returned', 'read']), 'returned'),
  /** Which of the services in an account this is: in each line of the log, metric and event. */
  SESSION_SERVICE: z._default(z.string(), DEFAULT_SERVICE),
} satisfies Variables;

const SWEEP = {
  ...STORE,
  /** How often to look for sessions that have expired, ms. Under a minute, one invocation looks several times. */
  SWEEP_EVERY_MS: z._default(z.coerce.number().check(z.gte(1_000)), 60_000),
  /** Writes under way at once. */
  SWEEP_CONCURRENCY: z._default(z.coerce.number().check(z.gte(1)), 32),
} satisfies Variables;

const PUBLISH = {
  ...STORE,
  /** Name or ARN of the event bus. */
  BUS_NAME: z.string(),
  /** URL of the queue that is told about records which can never be announced. */
  FAILURE_QUEUE_URL: z.string(),
} satisfies Variables;

/** What a header can carry as it is, and nobody can guess. */
const OriginSecret = z
  .string()
  .check(z.regex(/^[\x21-\x7e]{32,}$/, 'must be 32 or more characters of ASCII, no space'));

/** Accepted origin secrets, as options and variables give them: at least one. */
export const OriginSecrets = z.array(OriginSecret).check(z.minLength(1));

const AUTHORIZER = {
  ...STORE,
  /** Origin of the site as users see it, no trailing slash: `https://app.example.com`. */
  SITE_URL: z.string().check(z.refine(isWebAddress, 'must be an origin like https://app.example.com')),
  /**
   * What the distribution adds to each request, two values with a space between them while they are rotated; without
   * it, any caller is answered.
   */
  ORIGIN_SECRET: z.optional(
    z.pipe(
      z.pipe(
        z.string(),
        z.transform((text) => text.split(' ')),
      ),
      OriginSecrets,
    ),
  ),
  /** `attach`: the authorizer lets a request with an ended session through, with the reason in its context. */
  GUARD_ON_ENDED: z._default(z.enum(['reject', 'attach']), 'reject'),
} satisfies Variables;

/** What `SessionService.protect()` sets, with defaults for a server that it has not prepared. */
const GUARD = {
  TABLE_NAME: z.optional(STORE.TABLE_NAME),
  RETENTION_MS: z._default(STORE.RETENTION_MS, USUAL_RETENTION_MS),
  DUE_SHARDS: z._default(STORE.DUE_SHARDS, 1),
  /** Needed only for browsers that send no `Sec-Fetch-Site`. */
  SITE_URL: z.optional(AUTHORIZER.SITE_URL),
  ORIGIN_SECRET: AUTHORIZER.ORIGIN_SECRET,
} satisfies Variables;

/** What every guard in a user's function needs, its store given or not. */
const GUARD_METRICS = { SESSION_SERVICE: STORE.SESSION_SERVICE } satisfies Variables;

const Json = z.pipe(
  z.string(),
  z.transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.issues.push({ code: 'custom', message: 'must be a JSON document', input: text });
      return z.NEVER;
    }
  }),
);

const DurationMs = z.int().check(z.nonnegative());

/** A policy as a template of this or of another release wrote it: fields that this release does not know are dropped. */
const PolicyVariable = z.pipe(
  z.pipe(
    Json,
    z.object({
      name: z.string(),
      idleTimeoutMs: DurationMs,
      absoluteTimeoutMs: DurationMs,
      warnBeforeMs: DurationMs,
      /** Not there up to release 0.1. */
      absoluteWarnBeforeMs: z.optional(DurationMs),
      touchIntervalMs: DurationMs,
      browserClose: z.enum(BROWSER_CLOSE),
      unboundIdleTimeoutMs: z.optional(DurationMs),
      /** The name of unboundIdleTimeoutMs up to release 0.1. */
      unmarkedIdleTimeoutMs: z.optional(DurationMs),
    }),
  ),
  z.transform(({ unmarkedIdleTimeoutMs: earlier, unboundIdleTimeoutMs = earlier, ...policy }): Policy => {
    const { absoluteWarnBeforeMs = usualAbsoluteWarning(policy.absoluteTimeoutMs) } = policy;
    return {
      ...policy,
      absoluteWarnBeforeMs,
      ...(unboundIdleTimeoutMs !== undefined && { unboundIdleTimeoutMs }),
    };
  }),
);

const API = {
  ...STORE,
  SITE_URL: AUTHORIZER.SITE_URL,
  /** The policy of new sessions: JSON of {@link Policy}. */
  POLICY: PolicyVariable,
  /** The identity provider, functions `auth` and `session` (sign-out). */
  OIDC_ISSUER: z.optional(z.string()),
  OIDC_CLIENT_ID: z.optional(z.string()),
  /** ARN of a secret in Secrets Manager whose string is the client secret; without it a public client. */
  OIDC_CLIENT_SECRET_ARN: z.optional(z.string()),
  /** Where sign-out continues at a provider that does not announce an `end_session_endpoint` (Cognito). */
  OIDC_LOGOUT_URL: z.optional(z.string()),
  /** ARN of the secret in Secrets Manager that seals what browsers carry for the service. Never the secret itself. */
  SERVICE_SECRET_ARN: z.optional(z.string()),
  /** `always`: every sign-in asks the user to authenticate anew. `after-end`: only where the browser had a session here. */
  REAUTHENTICATION: z._default(z.enum(['always', 'after-end']), 'always'),
  /** `trust` accepts a provider that sends no `auth_time`. */
  MISSING_AUTH_TIME: z._default(z.enum(['refuse', 'trust']), 'refuse'),
  ORIGIN_SECRET: AUTHORIZER.ORIGIN_SECRET,
  /** Live sessions that a user may have at once; without it any number. */
  MAX_SESSIONS: z.optional(z.coerce.number().check(z.gte(1))),
  /** Proxies between users and the API that add to `X-Forwarded-For`: 1 behind CloudFront. Counts only with ORIGIN_SECRET. */
  PROXY_HOPS: z._default(z.coerce.number(), 0),
  /** `false`: the log of requests has no addresses. */
  LOG_ADDRESSES: z._default(z.enum(['true', 'false']), 'true'),
  /** `true`: sign-out sends `Clear-Site-Data`, which takes everything that the site keeps in the browser. */
  CLEAR_SITE_DATA: z._default(z.enum(['true', 'false']), 'false'),
} satisfies Variables;

/** @returns a reader that throws ZodError naming a variable that is missing or malformed: the function then fails to start */
function reader<Shape extends Variables>(shape: Shape) {
  const schema = z.object(shape);
  return (variables: Readonly<Record<string, string | undefined>> = process.env) =>
    z.parse(schema, variables);
}

/** What functions `auth` and `session` need. */
export const readEnvironment = reader(API);
export type Environment = ReturnType<typeof readEnvironment>;

/** What function `admin` needs. */
export const readStoreEnvironment = reader(STORE);
export type StoreEnvironment = ReturnType<typeof readStoreEnvironment>;

/** What function `authorizer` needs. */
export const readGuardEnvironment = reader(AUTHORIZER);

/** What a guard in a user's function or server finds. */
export const readGuardDefaults = reader(GUARD);

/** What the metrics of a guard need. */
export const readGuardMetrics = reader(GUARD_METRICS);

/** What function `sweep` needs. */
export const readSweepEnvironment = reader(SWEEP);

/** What function `publish` needs. */
export const readPublishEnvironment = reader(PUBLISH);
