import * as z from 'zod/mini';
import type { Policy } from '../core/policy.ts';

/**
 * What the functions are told by the template, read once when a function starts. Only composition roots
 * (`functions/<name>/index.ts`) call this; everything below them is handed what it needs.
 */
const StoreEnvironment = z.object({
  /** The one table. */
  TABLE_NAME: z.string(),
  /** How long an ended session can still say why it ended, ms. */
  RETENTION_MS: z.coerce.number(),
  /** Shards of the index `due`. */
  DUE_SHARDS: z.coerce.number(),
  /**
   * Whether a refused conditional write brings the old item (DynamoDB, DynamoDB Local) or must be followed
   * by a read (dynalite).
   */
  OLD_ITEM_ON_REFUSAL: z._default(z.enum(['returned', 'read']), 'returned'),
});
export type StoreEnvironment = z.infer<typeof StoreEnvironment>;

const SweepEnvironment = z.extend(StoreEnvironment, {
  /** How often to look for sessions that are over, ms. Under a minute, one invocation looks several times. */
  SWEEP_EVERY_MS: z._default(z.coerce.number().check(z.gte(1_000)), 60_000),
  /** Writes under way at once. */
  SWEEP_CONCURRENCY: z._default(z.coerce.number().check(z.gte(1)), 32),
});

const PublishEnvironment = z.object({
  /** Name or ARN of the event bus. */
  BUS_NAME: z.string(),
});

const GuardEnvironment = z.extend(StoreEnvironment, {
  /** Origin of the site as users see it, no trailing slash: `https://app.example.com`. */
  SITE_URL: z.string(),
  /** `attach`: the authorizer lets a request with an ended session through, with the reason in its context. */
  GUARD_ON_ENDED: z._default(z.enum(['reject', 'attach']), 'reject'),
});

const Environment = z.extend(StoreEnvironment, {
  /** Origin of the site as users see it, no trailing slash: `https://app.example.com`. */
  SITE_URL: z.string(),
  /** The policy of new sessions: JSON of {@link Policy}. */
  POLICY: z.string(),
  /** The identity provider, functions `auth` and `session` (sign-out). */
  OIDC_ISSUER: z.optional(z.string()),
  OIDC_CLIENT_ID: z.optional(z.string()),
  /** ARN of a secret in Secrets Manager whose string is the client secret; without it a public client. */
  OIDC_CLIENT_SECRET_ARN: z.optional(z.string()),
  /** `always`: every sign-in proves itself anew. `after-end`: only where the browser had a session here. */
  REAUTHENTICATION: z._default(z.enum(['always', 'after-end']), 'always'),
  /** Where sign-out goes on to at a provider that does not announce an `end_session_endpoint` (Cognito). */
  OIDC_LOGOUT_URL: z.optional(z.string()),
  /** `trust` accepts a provider that sends no `auth_time`. */
  MISSING_AUTH_TIME: z._default(z.enum(['refuse', 'trust']), 'refuse'),

  /** What the distribution says to prove itself; without it, the API answers whoever calls it. */
  ORIGIN_SECRET: z.optional(z.string().check(z.minLength(32))),
  /** Live sessions that a user may have at once; without it any number. */
  MAX_SESSIONS: z.optional(z.coerce.number().check(z.gte(1))),
  /** Proxies between users and the API that add to `X-Forwarded-For`: 1 behind CloudFront. */
  PROXY_HOPS: z._default(z.coerce.number(), 0),
  /** `true`: sign-out sends `Clear-Site-Data`, which takes everything that the site keeps in the browser. */
  CLEAR_SITE_DATA: z._default(z.enum(['true', 'false']), 'false'),
});

export interface Environment extends Omit<z.infer<typeof Environment>, 'POLICY'> {
  readonly POLICY: Policy;
}

/** @throws ZodError naming the variable that is missing or malformed: the function then fails to start */
export function readEnvironment(variables: Record<string, string | undefined> = process.env): Environment {
  const parsed = z.parse(Environment, variables);
  return { ...parsed, POLICY: JSON.parse(parsed.POLICY) as Policy };
}

/** What function `admin` needs. @throws ZodError as {@link readEnvironment} */
export function readStoreEnvironment(
  variables: Record<string, string | undefined> = process.env,
): StoreEnvironment {
  return z.parse(StoreEnvironment, variables);
}

/** What functions `authorizer` and `notes` need. @throws ZodError as {@link readEnvironment} */
export function readGuardEnvironment(
  variables: Record<string, string | undefined> = process.env,
): z.infer<typeof GuardEnvironment> {
  return z.parse(GuardEnvironment, variables);
}

/** What function `sweep` needs. @throws ZodError as {@link readEnvironment} */
export function readSweepEnvironment(
  variables: Record<string, string | undefined> = process.env,
): z.infer<typeof SweepEnvironment> {
  return z.parse(SweepEnvironment, variables);
}

/** What function `publish` needs. @throws ZodError as {@link readEnvironment} */
export function readPublishEnvironment(
  variables: Record<string, string | undefined> = process.env,
): z.infer<typeof PublishEnvironment> {
  return z.parse(PublishEnvironment, variables);
}
