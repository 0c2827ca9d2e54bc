import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readGuardEnvironment } from '../functions/environment.ts';
import type { SessionGuardOptions } from '../functions/guard/decide.ts';
import { createDynamoClient } from '../functions/store/dynamodb/client.ts';
import { createDynamoStore } from '../functions/store/dynamodb/store.ts';
import type { SessionStore } from '../functions/store/session-store.ts';

/**
 * What a guard is told. Everything has a default: inside a function that `SessionService.protect()` prepared,
 * nothing need be said.
 */
export interface GuardEntryOptions extends Omit<SessionGuardOptions, 'store' | 'now'> {
  /** The table of the session service. @default the environment variable TABLE_NAME */
  readonly tableName?: string | undefined;
  /** @default a client that gives up within 2.4 s, so that an outage is a 503 and not a timeout */
  readonly client?: DynamoDBClient | undefined;
  /** As the session service's `retention`, ms. @default RETENTION_MS, or 86 400 000 (a day) */
  readonly retentionMs?: number | undefined;
  /** In place of the table: for tests, see `curfew/testing`. */
  readonly store?: SessionStore | undefined;
  /** Epoch ms. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** Options and no others: a generic parameter would let a misspelt one pass. */
export type Exactly<Options> = Options & {
  readonly [Name in Exclude<keyof Options, keyof GuardEntryOptions>]: never;
};

/** @throws Error naming what is missing, when the guard is made: not at the first request */
export function withDefaults<Options extends GuardEntryOptions>(
  options: Options,
): Options & Pick<SessionGuardOptions, 'store' | 'now' | 'siteUrl'> {
  const now = options.now ?? (() => Date.now());
  if (options.store) return { ...options, store: options.store, now };
  const { TABLE_NAME, SITE_URL, RETENTION_MS, DUE_SHARDS, OLD_ITEM_ON_REFUSAL } = environment(options);
  const store = createDynamoStore({
    client: options.client ?? createDynamoClient(),
    tableName: TABLE_NAME,
    retentionMs: RETENTION_MS,
    dueShards: DUE_SHARDS,
    oldItemOnRefusal: OLD_ITEM_ON_REFUSAL,
  });
  return { ...options, siteUrl: options.siteUrl ?? SITE_URL, store, now };
}

function environment({ tableName, retentionMs, siteUrl }: GuardEntryOptions) {
  const variables: Record<string, string | undefined> = {
    RETENTION_MS: '86400000',
    DUE_SHARDS: '1',
    ...process.env,
  };
  return {
    ...readGuardEnvironment({
      ...variables,
      ...(tableName !== undefined && { TABLE_NAME: tableName }),
      ...(retentionMs !== undefined && { RETENTION_MS: String(retentionMs) }),
      // Needed only to refuse other sites' requests: without it that is the application's own to do.
      SITE_URL: siteUrl ?? variables.SITE_URL ?? '',
    }),
    SITE_URL: siteUrl ?? variables.SITE_URL,
  };
}
