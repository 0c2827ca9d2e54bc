import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { definePolicy } from '../../../core/policy.ts';
import type { Store } from '../../../functions/store/store.ts';
import { createTable, ENGINES, type Engine } from '../../support/engines.ts';
import { FRONTS, type Front } from '../../support/fronts.ts';
import { createApiRouter } from '../../support/handlers.ts';
import { SAME_ORIGIN, type Sent, SITE_URL, seededBytes } from '../../support/http.ts';
import { KEYRING } from '../../support/keyring.ts';
import { createRecorder } from '../../support/observers.ts';
import { endReasonOf } from '../../support/sessions.ts';

const NOW = 1_700_000_000_000;

/** What a browser keeps: which of its cookies go along depends on where the request comes from. */
class Jar {
  readonly cookies = new Map<string, string>();

  take(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  /** `Strict` ones stay away from a navigation of another site. */
  sent(isCrossSite: boolean): string[] {
    return [...this.cookies]
      .filter(([name]) => !isCrossSite || name !== '__Host-session')
      .map(([name, value]) => `${name}=${value}`);
  }

  get sessionId(): string {
    return this.cookies.get('__Host-session')!.split('.')[0]!;
  }
}

describe.each(ENGINES)('which session a sign-in ends, on %s', (_, start) => {
  let engine: Engine;
  let store: Store;
  let tableName: string;
  let front: Front;
  let jar: Jar;

  beforeAll(async () => {
    engine = await start();
    ({ store, tableName } = await createTable(engine));
    front = await FRONTS.Lambda!(
      createApiRouter({
        ...createRecorder(),
        store,
        keyring: KEYRING,
        policy: definePolicy(),
        siteUrl: SITE_URL,
        provider: {
          authorizationUrl: async ({ state }) => new URL(`https://id.example.com/authorize?state=${state}`),
          identify: async () => ({ subject: 'ada', authenticatedAt: NOW }),
          signOutUrl: async () => undefined,
        },
        reauthentication: 'always',
        missingAuthTime: 'refuse',
        proxyHops: 0,
        clearSiteData: false,
        openapi: {},
        now: () => NOW,
        randomBytes: seededBytes(engine.name),
      }),
    );
  });
  afterAll(async () => {
    await front?.close();
    await engine?.stop();
  });
  beforeEach(() => {
    jar = new Jar();
  });

  async function request(sent: Sent, isCrossSite: boolean) {
    const answer = await front.send({ ...sent, cookies: jar.sent(isCrossSite) });
    jar.take(answer.cookies);
    return answer;
  }
  /** @returns the state that comes back */
  async function begin(isCrossSite = false): Promise<string> {
    const { headers } = await request({ path: '/api/auth/sign-in' }, isCrossSite);
    return new URL(headers.location!).searchParams.get('state')!;
  }
  /** @returns the session that begins */
  async function finish(state: string): Promise<string> {
    const query = new URLSearchParams({ code: 'c', state }).toString();
    const { text } = await request({ path: '/api/auth/callback', query }, true);
    expect(text).toContain('location.replace("/")');
    return jar.sessionId;
  }
  const endOf = async (sessionId: string) => endReasonOf((await store.read(sessionId))?.session);
  const rows = async () => {
    const { Items = [] } = await engine.client.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true }),
    );
    return Items.map(({ pk }) => pk!.S!.replace(/#.*/, '')).sort();
  };

  test('two tabs that sign in at once: the one that finishes later ends the session of the other', async () => {
    const [one, two] = [await begin(), await begin()];
    const first = await finish(two);
    const second = await finish(one);
    expect(await endOf(first)).toBe('superseded');
    expect(await endOf(second)).toBeUndefined();
  });

  test('a link of another site, to which the session cookie does not go along', async () => {
    const first = await finish(await begin());
    const second = await finish(await begin(true));
    expect(await endOf(first)).toBe('superseded');
    expect(await endOf(second)).toBeUndefined();
  });

  test('three in a row end each the one before it, and each once', async () => {
    const sessions = [
      await finish(await begin()),
      await finish(await begin(true)),
      await finish(await begin()),
    ];
    expect(await Promise.all(sessions.map(endOf))).toEqual(['superseded', 'superseded', undefined]);
  });

  test('the session that the browser shows when it begins, whatever became of the cookie that names the last one', async () => {
    const first = await finish(await begin());
    jar.cookies.set('__Host-last', 'of no form');
    await finish(await begin());
    expect(await endOf(first)).toBe('superseded');
  });

  test('another browser keeps its own', async () => {
    const first = await finish(await begin());
    jar = new Jar();
    await finish(await begin());
    expect(await endOf(first)).toBeUndefined();
  });

  test('none after a sign-out, which clears the cookie that names it', async () => {
    const sessionId = await finish(await begin());
    const signOut = {
      method: 'POST',
      path: '/api/session/sign-out',
      headers: SAME_ORIGIN,
      body: { sessionId },
    };
    expect((await request(signOut, false)).status).toBe(200);
    expect([...jar.cookies.keys()]).toEqual(['__Host-signin']);
    await finish(await begin());
    expect(await endOf(sessionId)).toBe('signed-out');
  });

  test('two that finish at the very same moment know nothing of each other: both sessions live on', async () => {
    const [one, two] = [await begin(), await begin()];
    const cookies = jar.sent(true);
    const answers = await Promise.all(
      [one, two].map((state) =>
        front.send({
          path: '/api/auth/callback',
          query: new URLSearchParams({ code: 'c', state }).toString(),
          cookies,
        }),
      ),
    );
    const sessions = answers.map((answer) => {
      jar.take(answer.cookies);
      return jar.sessionId;
    });
    expect(await Promise.all(sessions.map(endOf))).toEqual([undefined, undefined]);
    // The next sign-in ends the one whose cookies the browser kept.
    await finish(await begin());
    expect(await Promise.all(sessions.map(endOf))).toEqual([undefined, 'superseded']);
  });

  test('a sign-in that begins, and one that comes to nothing, leave no row; one that is finished leaves one beside the session', async () => {
    const before = await rows();
    const state = await begin();
    const query = new URLSearchParams({ error: 'access_denied', state }).toString();
    await request({ path: '/api/auth/callback', query }, true);
    expect(await rows()).toEqual(before);
    await finish(state);
    const { length } = before;
    expect((await rows()).length).toBe(length + 2);
    expect((await rows()).filter((key) => key === 'signin').length).toBe(
      before.filter((key) => key === 'signin').length + 1,
    );
  });
});
