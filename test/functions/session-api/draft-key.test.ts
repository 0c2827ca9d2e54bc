import { beforeEach, describe, expect, test } from '@jest/globals';
import { definePolicy } from '../../../core/policy.ts';
import { createDraftKeys } from '../../../functions/service-secret/draft-keys.ts';
import { createKeyring } from '../../../functions/service-secret/keyring.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { createSessionHandler } from '../../support/handlers.ts';
import { type Answer, SAME_ORIGIN, SITE_URL, send, signedIn } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';

const START = 1_700_000_000_000;
const IDLE = definePolicy().idleTimeoutMs;
const secret = (name: string) => `${name} ${'s'.repeat(40)}`;

let now = START;
let store = createMemoryStore();
let seen = createRecorder();
let versions: string[] = [];
let isBroken = false;
let session: Awaited<ReturnType<typeof signedIn>>;

beforeEach(async () => {
  now = START;
  store = createMemoryStore();
  seen = createRecorder();
  versions = ['one'];
  isBroken = false;
  session = await signedIn(store, { now });
});

const keyring = () =>
  createKeyring(async () => {
    if (isBroken) throw new Error('out of reach');
    return versions.map(secret);
  });

function ask(body: object = {}, { headers = SAME_ORIGIN, cookie = session.cookie, hasSecret = true } = {}) {
  const handler = createSessionHandler({
    ...seen,
    store,
    siteUrl: SITE_URL,
    now: () => now,
    clearSiteData: false,
    openapi: {},
    draftKeys: hasSecret ? createDraftKeys(keyring()) : undefined,
  });
  const { sessionId } = session.session;
  const sent = { sessionId, ...body };
  const cookies = cookie ? [cookie] : [];
  return send(handler, { method: 'POST', path: '/api/session/draft-key', headers, cookies, body: sent });
}

const rejected = ({ status, json }: Answer) => [status, json.code];

describe('POST /api/session/draft-key', () => {
  test('gives the user’s key, and has it kept nowhere on the way', async () => {
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json).toEqual({
      keyId: expect.stringMatching(/^[\w-]{8}$/),
      key: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(JSON.stringify(seen)).not.toContain(answer.json.key);
  });

  test('is the same for every session of a user, and another for another user', async () => {
    const first = await ask();
    session = await signedIn(store, { now, seed: 'another' });
    expect((await ask()).json).toEqual(first.json);
    session = await signedIn(store, { now, seed: 'a third', subject: 'grace' });
    const { keyId, key } = (await ask()).json;
    expect(keyId).toBe(first.json.keyId);
    expect(key).not.toBe(first.json.key);
  });

  test('never extends, and writes nothing', async () => {
    const before = await store.read(session.session.sessionId);
    now += IDLE - 1;
    expect((await ask()).status).toBe(200);
    expect(await store.read(session.session.sessionId)).toEqual(before);
  });

  test.each([
    [-1, 200],
    [0, 401],
    [1, 401],
  ])('at the deadline %i ms: %i', async (offset, status) => {
    now += IDLE + offset;
    for (const hasSecret of [true, false]) {
      const expected = status === 200 && !hasSecret ? 404 : status;
      expect((await ask({}, { hasSecret })).status).toBe(expected);
    }
  });

  test('after a rotation: the older key by its id, until the next one', async () => {
    const before = (await ask()).json;
    versions = ['two', 'one'];
    expect((await ask()).json.keyId).not.toBe(before.keyId);
    expect((await ask({ keyId: before.keyId })).json).toEqual(before);
    versions = ['three', 'two'];
    expect(rejected(await ask({ keyId: before.keyId }))).toEqual([404, 'ERR_NOT_FOUND']);
  });

  test('to nobody else', async () => {
    expect(rejected(await ask({}, { cookie: '' }))).toEqual([401, 'ERR_SESSION_MISSING']);
    const forged = session.cookie.slice(0, -43) + 'A'.repeat(43);
    expect(rejected(await ask({}, { cookie: forged }))).toEqual([401, 'ERR_SESSION_UNKNOWN']);
    const other = { sessionId: 'x'.repeat(22) };
    expect(rejected(await ask(other))).toEqual([409, 'ERR_SESSION_MISMATCH']);
    const crossSite = { 'sec-fetch-site': 'same-site' } as never;
    expect(rejected(await ask({}, { headers: crossSite }))).toEqual([403, 'ERR_CROSS_SITE']);
  });

  test.each(['', 'a b', 'ä', 'a'.repeat(65), 7, null])('keyId %j is none', async (keyId) => {
    expect(rejected(await ask({ keyId }))).toEqual([400, 'ERR_REQUEST_INVALID']);
  });

  test('a service without a secret has no key', async () => {
    expect(rejected(await ask({}, { hasSecret: false }))).toEqual([404, 'ERR_NOT_FOUND']);
    expect(rejected(await ask({ keyId: 'abcdefgh' }, { hasSecret: false }))).toEqual([404, 'ERR_NOT_FOUND']);
  });

  test('a secret that can’t be read is 503, never a 404', async () => {
    isBroken = true;
    for (const body of [{}, { keyId: 'abcdefgh' }]) {
      const answer = await ask(body);
      expect(rejected(answer)).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
      expect(answer.headers['retry-after']).toBe('1');
    }
  });
});
