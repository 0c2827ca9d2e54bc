import middy from '@middy/core';
import { type EndedSession, sessionGuard } from 'curfew/guard';
import { createMemoryStore, signIn } from 'curfew/testing';

const store = createMemoryStore();
let now = 1_700_000_000_000;

const rejecting = middy()
  .use(sessionGuard({ store, now: () => now }))
  .handler(async (event) => {
    // @ts-expect-error: behind a guard that rejects, no session has ended
    const reason: string = event.session.reason;
    return { statusCode: 200, body: `${event.session.subject}${reason ?? ''}` };
  });

const attaching = middy()
  .use(sessionGuard({ store, now: () => now, onEnded: 'attach' }))
  .handler(async ({ session }) => {
    // @ts-expect-error: it may have ended, so it is asked for first
    session.subject;
    if (session.state === 'active') return { statusCode: 200, body: session.subject };
    const ended: EndedSession = session;
    return { statusCode: 200, body: ended.reason };
  });

// @ts-expect-error: a word that is none of the two
sessionGuard({ store, onEnded: 'redirect' });
// @ts-expect-error: ms, not a text
sessionGuard({ store, retentionMs: '1 day' });

const { cookie } = await signIn(store, { subject: 'ada', now });
const event = (cookies: string[]) =>
  ({
    version: '2.0',
    rawPath: '/orders',
    rawQueryString: '',
    headers: {},
    cookies,
    requestContext: { http: { method: 'GET', path: '/orders' } },
  }) as never;
const ask = async (handler: unknown, cookies: string[]) => {
  const reply = await (handler as (event: never, context: object) => Promise<object>)(event(cookies), {});
  return reply as { statusCode: number; body: string };
};

const answers = [await ask(rejecting, [cookie]), await ask(rejecting, [])];
now += 86_400_000;
answers.push(await ask(attaching, [cookie]));
console.log(JSON.stringify(answers.map(({ statusCode, body }) => [statusCode, body.slice(0, 60)])));
