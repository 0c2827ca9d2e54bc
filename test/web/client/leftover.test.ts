import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSession, end } from '../../../core/lifecycle.ts';
import { definePolicy } from '../../../core/policy.ts';
import { sessionStatus } from '../../../core/protocol.ts';
import { createSessionClient } from '../../../web/client/index.ts';
import { EMPTY_DOCUMENT } from '../../support/client-page.ts';

/** What a session leaves in storage that ended while no page of it was open: nobody has recorded that it is over. */
const START = 1_700_000_000_000;
const session = createSession({
  sessionId: 'left-over'.padEnd(22, '0'),
  subject: 'ada',
  policy: definePolicy({}),
  now: START,
});
const { subject: _, user: __, ...status } = sessionStatus(session, START);
const LEFTOVER = JSON.stringify({ sessionId: session.sessionId, status, activityAt: START, pulsedAt: START });

const globals = Object.keys({ document: 0, addEventListener: 0 });

beforeEach(() => {
  Object.assign(globalThis, { document: EMPTY_DOCUMENT, addEventListener: () => {} });
});
afterEach(() => {
  for (const name of globals) Reflect.deleteProperty(globalThis, name);
});

/** How often a page asks in many turns of the event loop, when every request is answered like this. */
async function asked(answer: () => Promise<Response>): Promise<number> {
  let requests = 0;
  const client = createSessionClient({
    channelName: 'leftover',
    storage: { getItem: () => LEFTOVER, setItem: () => {}, removeItem: () => {} },
    fetch: () => {
      requests += 1;
      return answer();
    },
  });
  client.start();
  for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
  client.stop();
  return requests;
}

const refusal = (problem: object) => async () => Response.json({ status: 401, ...problem }, { status: 401 });

test.each([
  ['nobody is signed in', refusal({ code: 'ERR_SESSION_MISSING' })],
  [
    'the session has ended',
    refusal({ code: 'ERR_SESSION_ENDED', reason: end(session, 'idle', START).endReason }),
  ],
  ['there is no network', () => Promise.reject(new TypeError('Failed to fetch'))],
  ['the store is unavailable', async () => new Response(null, { status: 503 })],
])('what a session has left makes a page ask once more, not over and over: %s', async (_name, answer) => {
  expect(await asked(answer)).toBeLessThanOrEqual(2);
});
