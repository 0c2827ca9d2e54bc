import { type ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSession } from '../../../core/lifecycle.ts';
import { definePolicy } from '../../../core/policy.ts';
import { admit, type GuardRequest } from '../../../functions/guard/admit.ts';
import { createCredential } from '../../../functions/sessions/credential.ts';
import { createDynamoStore, GUARDED_STORE } from '../../../functions/store/dynamodb/store.ts';
import type { SessionStore } from '../../../functions/store/session-store.ts';
import { CREDENTIALS, createTable, ENGINES, type Engine } from '../../support/engines.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { seededBytes } from '../../support/http.ts';
import { SECOND, T0 } from '../../support/sessions.ts';

const IDLE = 100 * SECOND;
const INTERVAL = 10 * SECOND;
const policy = definePolicy({
  idleTimeoutMs: IDLE,
  absoluteTimeoutMs: 4 * IDLE,
  touchIntervalMs: INTERVAL,
  allowShortAbsoluteTimeout: true,
});

/** A burst of requests that arrive at once, some time after the one before. */
interface Burst {
  readonly afterMs: number;
  /** Of each request: how long ago the user was active; null: passive. */
  readonly ages: readonly (number | null)[];
}

const age = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 * INTERVAL }) },
  { weight: 1, arbitrary: fc.constantFrom(INTERVAL - 1, INTERVAL, INTERVAL + 1, 5 * IDLE) },
);
const bursts = fc.array(
  fc.record<Burst>({
    afterMs: fc.oneof(
      fc.integer({ min: 0, max: 3 * INTERVAL }),
      fc.constantFrom(INTERVAL - 1, INTERVAL, INTERVAL + 1, IDLE - 1, IDLE),
    ),
    ages: fc.array(age, { minLength: 1, maxLength: 3 }),
  }),
  { maxLength: 12 },
);

for (const [name, start] of ENGINES) {
  describe(`on ${name}`, () => {
    let engine: Engine;
    let store: SessionStore;
    let tableName: string;
    beforeAll(async () => {
      engine = await start();
      ({ store, tableName } = await createTable(engine, GUARDED_STORE));
    });
    afterAll(() => engine.stop());

    let made = 0;
    async function newSession() {
      made += 1;
      const { credential, cookieValue } = createCredential(seededBytes(`coalescing ${made}`));
      const session = createSession({ sessionId: credential.sessionId, subject: 'u', policy, now: T0 });
      await store.create(session, credential.secretHash);
      return { session, cookie: `__Host-session=${cookieValue}` };
    }

    /** Plays the bursts, and says what a user would swear to: when they were last active, and what it cost. */
    async function play(history: readonly Burst[]) {
      const { session, cookie } = await newSession();
      let now = T0;
      let lastActive = T0;
      let writes = 0;
      let ended = false;
      for (const { afterMs, ages } of history) {
        now += afterMs;
        const at = now;
        const answers = ages.map(async (idleFor) => {
          const headers = idleFor === null ? {} : { 'curfew-idle-for': String(idleFor) };
          const request: GuardRequest = { method: 'GET', path: '/', headers, cookies: [cookie] };
          const observer = {
            touched(written: boolean) {
              if (written) writes += 1;
            },
          };
          const { session } = await admit(request, { store, now: () => at, onEnded: 'attach', observer });
          return session;
        });
        for (const [index, answer] of (await Promise.all(answers)).entries()) {
          if (answer?.state === 'ended') ended = true;
          else if (ages[index] != null) lastActive = Math.max(lastActive, at - ages[index]);
        }
        if (ended) break;
      }
      const after = (await store.read(session.sessionId))!.session;
      return { after, lastActive, writes, ended, now };
    }

    test('never early, at most a touch interval late, at most one write a touch interval', async () => {
      await fc.assert(
        fc.asyncProperty(bursts, async (history) => {
          const { after, lastActive, writes, ended, now } = await play(history);
          const capped = (at: number) => Math.min(at, after.absoluteExpiresAt);
          const earned = lastActive + IDLE;
          expect(capped(after.idleExpiresAt)).toBeGreaterThanOrEqual(capped(earned));
          expect(capped(after.idleExpiresAt)).toBeLessThanOrEqual(capped(earned + INTERVAL));
          expect(ended).toBe(now >= capped(after.idleExpiresAt) && history.length > 0);
          expect(writes).toBeLessThanOrEqual(Math.floor((lastActive - T0) / INTERVAL) + 1);
        }),
        runs(name === 'dynalite' ? 40 : 25),
      );
    });

    test('costs one read unit, and one write unit where it slides; nothing without a cookie of ours', async () => {
      const { cookie } = await newSession();
      const spent = spending(engine, tableName);
      const get = { method: 'GET', path: '/' };
      await admit({ ...get, headers: {}, cookies: [cookie] }, { store: spent.store, now: () => T0 });
      expect(spent.taken()).toEqual([['GetItemCommand', 1]]);
      const headers = { 'curfew-idle-for': '0' };
      const later = { store: spent.store, now: () => T0 + INTERVAL };
      await admit({ ...get, headers, cookies: [cookie] }, later);
      expect(spent.taken()).toEqual([
        ['GetItemCommand', 1],
        ['UpdateItemCommand', 1],
      ]);
      await admit({ ...get, headers, cookies: [cookie] }, later);
      expect(spent.taken()).toEqual([['GetItemCommand', 1]]);
      await admit({ ...get, headers, cookies: ['__Host-session=x'] }, { ...later, onMissing: 'attach' });
      expect(spent.taken()).toEqual([]);
    });
  });
}

/** The store over a client of its own that keeps what each command consumed, in capacity units. */
function spending(engine: Engine, tableName: string) {
  const client = new DynamoDBClient({ ...CREDENTIALS, endpoint: engine.endpoint });
  let spent: [string, number | undefined][] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const input = { ...(args.input as object), ReturnConsumedCapacity: 'TOTAL' };
      const result = await next({ ...args, input } as typeof args);
      const { ConsumedCapacity } = result.output as { ConsumedCapacity?: ConsumedCapacity };
      spent.push([String(context.commandName), ConsumedCapacity?.CapacityUnits]);
      return result;
    },
    { step: 'initialize' },
  );
  const options = { client, tableName, retentionMs: 1, dueShards: 4, ...GUARDED_STORE };
  return {
    store: createDynamoStore(options),
    taken() {
      const taken = spent;
      spent = [];
      return taken;
    },
  };
}
