import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { USUAL_RETENTION_MS } from '../../core/contract.ts';
import { readGuardDefaults } from '../environment.ts';
import { createDynamoClient, regionOfTable } from '../store/dynamodb/client.ts';
import { createDynamoStore, GUARDED_STORE } from '../store/dynamodb/store.ts';
import type { SessionStore } from '../store/session-store.ts';
import { assertCallable, assertKnown, assertWhole } from './assert.ts';
import type { GuardOptions } from './options.ts';
import { assertSite } from './site.ts';

/**
 * Options of a guard. Everything has a default: inside a function that `SessionService.protect()` prepared, none need
 * be given.
 */
export interface GuardEntryOptions extends Omit<GuardOptions, 'store' | 'now'> {
  /** The table of the session service, by name, or by its ARN where it is in another region. @default the environment variable TABLE_NAME */
  readonly tableName?: string | undefined;
  /** @default a client that gives up within 2.4 s, so that an outage is a 503 and not a timeout */
  readonly client?: DynamoDBClient | undefined;
  /** As the session service's `retention`, ms. @default RETENTION_MS, or 86 400 000 (a day) */
  readonly retentionMs?: number | undefined;
  /** In place of the table: for tests, see `curfew/testing`. @default the table */
  readonly store?: SessionStore | undefined;
  /** Epoch ms. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** These options and no others: a generic parameter would let a misspelt one pass. */
export type Exactly<Options> = Options & {
  readonly [Name in Exclude<keyof Options, keyof GuardEntryOptions>]: never;
};

/** Every option. */
const KNOWN: Readonly<Record<keyof GuardEntryOptions, true>> = {
  tableName: true,
  client: true,
  retentionMs: true,
  store: true,
  now: true,
  siteUrl: true,
  originSecrets: true,
  onEnded: true,
  onMissing: true,
  bounce: true,
  basePath: true,
  signInPath: true,
  observer: true,
};

/**
 * A guard's options with their defaults, from the environment of the function or server.
 *
 * @throws Error naming what is missing or not known, when the guard is made: not at the first request
 */
export function withDefaults(options: GuardEntryOptions): GuardOptions {
  const now = options.now ?? (() => Date.now());
  assertKnown(options, KNOWN);
  assertSite(options);
  assertCallable('now', options.now);
  assertWhole('retentionMs', options.retentionMs ?? USUAL_RETENTION_MS, 0);
  if (options.store) return { ...options, store: options.store, now };
  const environment = readGuardDefaults();
  const {
    tableName = environment.TABLE_NAME,
    siteUrl = environment.SITE_URL,
    originSecrets = environment.ORIGIN_SECRET,
  } = options;
  if (!tableName) throw new Error('the option tableName, or TABLE_NAME, must name the table');
  const store = createDynamoStore({
    client: options.client ?? createDynamoClient({ region: regionOfTable(tableName) }),
    tableName,
    retentionMs: options.retentionMs ?? environment.RETENTION_MS,
    dueShards: environment.DUE_SHARDS,
    ...GUARDED_STORE,
  });
  return { ...options, siteUrl, originSecrets, store, now };
}
