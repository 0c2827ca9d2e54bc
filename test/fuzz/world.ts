import { MARK_SCOPE } from '../../core/contract.ts';
import { SessionError } from '../../core/errors.ts';
import { definePolicy } from '../../core/policy.ts';
import { sealLastSession } from '../../functions/auth/last-session.ts';
import { createDraftKeys } from '../../functions/service-secret/draft-keys.ts';
import type { Keyring } from '../../functions/service-secret/keyring.ts';
import { sha256 } from '../../functions/store/hash.ts';
import { createMemoryStore } from '../../functions/store/memory.ts';
import type { Store } from '../../functions/store/store.ts';
import { createRandom, type Random } from '../histories/random.ts';
import { signedIn } from '../support/http.ts';
import { keyringOf } from '../support/keyring.ts';
import { CLIENT_ID } from '../support/provider.ts';
import { T0 } from '../support/sessions.ts';

/** Who holds a session, in one state or another. */
export interface Holder {
  readonly sessionId: string;
  readonly cookie: string;
}

/** What a secret is, and every text that would tell it. */
export interface Secret {
  readonly name: string;
  readonly texts: readonly string[];
}

const MARK_PASSWORD = 'The-password-of-the-mark-has-43-characters_';
const SERVICE_SECRET = 'the-service-secret-of-which-all-keys-derive';
export const CLIENT_SECRET = 'a client secret that nobody may read';

/** The client's credential as it is sent to the token endpoint (RFC 6749 §2.3.1), where a space is a plus. */
const BASIC = Buffer.from(
  `${CLIENT_ID}-secret:${encodeURIComponent(CLIENT_SECRET).replaceAll('%20', '+')}`,
).toString('base64');

/** The state that the functions work on. It is the same before each run. */
export interface World {
  now(): number;
  readonly store: Store;
  readonly holders: Readonly<Record<string, Holder>>;
  readonly originSecret: string;
  /** The header by which a browser shows its run. */
  readonly mark: string;
  /** All that may be in no reply and no line of the log. */
  secrets(): readonly Secret[];
  /** Some of their texts, to put where they do not belong. */
  secretTexts(): readonly string[];
  /** Keys of the service secret. */
  readonly keyring: Keyring;
  /** The cookie that names the session that began last in the browser. */
  readonly lastCookie: string;
  /** Adds a secret to those of this run. */
  learn(secret: Secret): void;
  /** For the functions: what they make of it is a secret as well. */
  randomBytes(size: number): Uint8Array;
  /** Says that something other than the store is made to fail. */
  fault(): void;
  /** Whether a fault was injected since the reset. */
  hadFault(): boolean;
  /** @param faultRate share of the store's calls that fail, 0 … 1 */
  reset(seed: number, faultRate: number): Promise<void>;
}

const POLICY = definePolicy({ browserClose: 'last-page' });
/** How long ago each began. After 15 minutes it has expired. */
const AGES_MS = { live: 120_000, other: 0, expired: 3_600_000, ended: 600_000, bound: 60_000 };

export function createWorld(): World {
  const originSecret = 'the-origin-secret-of-the-distribution';
  let rows = createMemoryStore();
  let random: Random = createRandom(0);
  let faultRate = 0;
  let faults = 0;
  let known: Secret[] = [];
  let made: string[] = [];
  let holders: Record<string, Holder> = {};
  let keys = keyringOf(SERVICE_SECRET);
  let lastCookie = '';
  const keyring: Keyring = {
    current: (...request) => keys.current(...request),
    byVersion: (...request) => keys.byVersion(...request),
  };
  const randomBytes: World['randomBytes'] = (size) => {
    const bytes = random.bytes(size);
    // Session ids and the names of attempts are public, and have 16.
    if (size >= 32) made.push(Buffer.from(bytes).toString('base64url'));
    return bytes;
  };

  const store = new Proxy({} as Store, {
    get: (_, name) => {
      if (name === 'within') return () => store;
      const method = rows[name as keyof Store] as ((...args: unknown[]) => Promise<unknown>) | undefined;
      return (
        method &&
        (async (...args: unknown[]) => {
          if (!random.chance(faultRate)) return method(...args);
          faults += 1;
          throw new SessionError('ERR_STORE_UNAVAILABLE', { cause: new Error('injected') });
        })
      );
    },
  });

  async function begin(name: keyof typeof AGES_MS): Promise<void> {
    const now = T0 - AGES_MS[name];
    const subject = name === 'other' ? 'grace' : 'ada';
    const { session, cookie, secret } = await signedIn(rows, { now, subject, seed: name, policy: POLICY });
    const { sessionId } = session;
    const hash = Buffer.from((await rows.read(sessionId))!.secretHash);
    holders[name] = { sessionId, cookie };
    known.push(
      { name: `secret of ${name}`, texts: [secret] },
      { name: `hash of ${name}`, texts: textsOf(hash) },
    );
    if (name === 'ended') await rows.end({ sessionId, reason: 'signed-out', now: T0 - 1_000 });
    if (name !== 'bound') return;
    const runHash = sha256(`run:${MARK_PASSWORD}`);
    known.push({ name: 'hash of the mark', texts: textsOf(Buffer.from(runHash)) });
    const owned = { sessionId, secretHash: hash, now, runHash };
    await rows.bind({ ...owned, scope: MARK_SCOPE });
    await rows.confirmBinding(owned);
  }

  return {
    now: () => T0,
    store,
    get holders() {
      return holders;
    },
    originSecret,
    mark: `Basic ${Buffer.from(`run:${MARK_PASSWORD}`).toString('base64')}`,
    secrets: () => [...known, { name: 'something random', texts: made }],
    secretTexts: () => known.flatMap(({ texts }) => texts),
    keyring,
    get lastCookie() {
      return lastCookie;
    },
    learn(secret) {
      known.push(secret);
    },
    randomBytes,
    fault() {
      faults += 1;
    },
    hadFault: () => faults > 0,
    async reset(seed, rate) {
      random = createRandom(seed);
      rows = createMemoryStore();
      holders = {};
      made = [];
      faults = 0;
      faultRate = 0;
      known = [
        { name: 'origin secret', texts: [originSecret] },
        { name: 'service secret', texts: [SERVICE_SECRET, ...textsOf(Buffer.from(SERVICE_SECRET))] },
        { name: 'client secret', texts: [CLIENT_SECRET, encodeURIComponent(CLIENT_SECRET), BASIC] },
        {
          name: 'password of the mark',
          texts: [MARK_PASSWORD, Buffer.from(MARK_PASSWORD).toString('base64')],
        },
      ];
      for (const name of ['live', 'other', 'expired', 'ended', 'bound'] as const) await begin(name);
      keys = keyringOf(SERVICE_SECRET);
      for (const use of ['sign-in', 'last-session', 'draft'] as const) {
        const { bytes } = await keys.current(use, T0);
        known.push({ name: `key for ${use}`, texts: textsOf(Buffer.from(bytes)) });
      }
      for (const subject of ['ada', 'grace']) {
        const { key } = await createDraftKeys(keyring).current(subject, T0);
        known.push({ name: `draft key of ${subject}`, texts: textsOf(Buffer.from(key, 'base64url')) });
      }
      const { sessionId } = holders.live!;
      lastCookie = `__Host-last=${await sealLastSession(sessionId, { keyring, now: T0, randomBytes })}`;
      faultRate = rate;
    },
  };
}

function textsOf(bytes: Buffer): string[] {
  return (['base64', 'base64url', 'hex'] as const).map((encoding) => bytes.toString(encoding));
}
