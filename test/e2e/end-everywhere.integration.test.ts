import { ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { scan } from '../../local/engine/tables.ts';
import { type LocalRuntime, startLocal } from '../../local/runtime.ts';
import { type Engine, noDynamoDbLocal, startDynamoDbLocal } from '../support/engines.ts';
import { newSessionId } from '../support/sessions.ts';
import { Browser, signIn } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

/**
 * What the end of all of a user's sessions could miss, on the deployed bundles, a real table and its stream: a sign-in that is
 * under way, and a session that the index does not show yet.
 */
(noDynamoDbLocal ? describe.skip : describe)('a user who ends all sessions', () => {
  let engine: Engine;
  let local: LocalRuntime;
  let site: string;

  beforeAll(async () => {
    engine = await startDynamoDbLocal();
    local = await startLocal({ reuse: true, engine: engine.endpoint });
    site = local.siteUrl;
  }, 180_000);
  afterAll(async () => {
    await local?.close();
    await engine?.stop();
  });

  async function signedIn(): Promise<{ browser: Browser; sessionId: string }> {
    const browser = new Browser();
    await signIn(browser, site);
    return { browser, sessionId: idIn(browser)! };
  }
  const idIn = (browser: Browser) => browser.cookie(site, '__Host-session')?.split('.')[0];
  /** Goes to the provider and back. @returns the address of the callback, which is not requested */
  async function comeBack(browser: Browser): Promise<URL> {
    const { headers } = await browser.request(`${site}/api/auth/sign-in?returnTo=/`);
    return browser.authenticate(headers.get('location')!);
  }
  async function endEverywhere({ browser, sessionId }: Awaited<ReturnType<typeof signedIn>>): Promise<void> {
    const answer = await browser.post(`${site}/api/sessions/revoke`, { sessionId, target: 'all' });
    expect([answer.status, await answer.json()]).toMatchObject([200, { remaining: 0 }]);
  }
  const rowOf = async (id: string) => (await local.sessions()).find(({ sessionId }) => sessionId === id)!;

  test('a sign-in under way, its code in hand, is refused, and leaves no session; the next one succeeds', async () => {
    const here = await signedIn();
    const elsewhere = new Browser();
    const callback = await comeBack(elsewhere);
    await endEverywhere(here);
    const known = new Set((await local.sessions()).map(({ sessionId }) => sessionId));

    const refused = await elsewhere.request(callback.href);
    expect(refused.status).toBe(200);
    expect(await refused.text()).toContain('/?error=sign_in_revoked');
    expect(idIn(elsewhere)).toBeUndefined();
    const made = (await local.sessions()).filter(({ sessionId }) => !known.has(sessionId));
    expect(made).toMatchObject([{ state: 'ended', endReason: 'revoked', endedBy: { type: 'subject' } }]);

    await signIn(elsewhere, site);
    expect((await elsewhere.request(`${site}/api/session`)).status).toBe(200);
    // Until the publisher has looked at it, too.
    const id = idIn(elsewhere)!;
    await until('the sign-in is announced', async () =>
      local.events().some(({ detail }) => eventIdIn(detail) === `${id}.started`),
    );
    expect(await rowOf(id)).toMatchObject({ state: 'active' });
  });

  test('a session that the index did not show when they were listed is ended once it is in the stream, and announced', async () => {
    const here = await signedIn();
    const { TableNames = [] } = await engine.client.send(new ListTablesCommand({}));
    const tables = await Promise.all(
      TableNames.map(async (name) => ({ name, rows: await scan(engine.client, name) })),
    );
    const { name, row } = tables
      .flatMap(({ name, rows }) => rows.map((row) => ({ name, row })))
      .find(({ row }) => row.pk?.S === `session#${here.sessionId}`)!;
    await endEverywhere(here);
    // To the list it is as if it were not there yet: the same user's, of the same time, put afterwards.
    const late = newSessionId();
    await engine.client.send(
      new PutItemCommand({ TableName: name, Item: { ...(row as object), pk: { S: `session#${late}` } } }),
    );
    const ended = () => local.events().find(({ detail }) => eventIdIn(detail) === `${late}.ended`);
    await until('the end is announced', async () => ended() !== undefined);
    expect(ended()!.detail).toMatchObject({ reason: 'revoked', endedBy: { type: 'subject' } });
    expect(await rowOf(late)).toMatchObject({ state: 'ended', endReason: 'revoked' });
  });
});

function eventIdIn(detail: unknown): unknown {
  return (detail as { eventId?: unknown }).eventId;
}
