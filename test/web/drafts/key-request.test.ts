import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SessionClient } from '../../../web/client/index.ts';
import { createKeyRequests } from '../../../web/drafts/key-request.ts';
import { draftKey, keysFor } from '../../support/drafts.ts';

const PAGE = '/orders?case=7';
const URL = '/api/session/draft-key';
const SESSION = 's'.repeat(22);

let subject: string | null = 'auth|ada';
let answers: (() => Response | Promise<Response>)[] = [];
let asked: unknown[] = [];
const stopper = () => new AbortController();

/** As much of a client as asking for keys takes. */
const session = {
  getStatus: () => subject && { subject, sessionId: SESSION },
  async fetch(url: string, init: RequestInit) {
    asked.push([url, init.method, new Headers(init.headers).get('content-type'), JSON.parse(`${init.body}`)]);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer!();
  },
} as unknown as SessionClient;
const requests = createKeyRequests(session, URL, PAGE);

const good = () => Response.json(draftKey());
const status =
  (code: number, body = '{"message":null}') =>
  () =>
    new Response(body, { status: code });
const network = () => {
  throw new TypeError('Failed to fetch');
};

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  subject = 'auth|ada';
  asked = [];
  answers = [good];
});
afterEach(() => {
  jest.useRealTimers();
});
const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};
/** Whether a promise is fulfilled by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await settled();
  return done;
}

describe('the key in force', () => {
  test('is asked for with the session’s id, and becomes keys of this user and page', async () => {
    const keys = await requests.current('auth|ada', stopper().signal);
    expect(asked).toEqual([[URL, 'POST', 'application/json', { sessionId: SESSION }]]);
    const { keyId, name, ownPrefix } = await keysFor();
    expect(keys).toMatchObject({ keyId, name, ownPrefix });
  });

  test.each<[string, () => Response]>([
    ['no network', network],
    ['503', status(503)],
    ['429', status(429)],
    ['500', status(500)],
    ['a page', status(200, '<!doctype html>')],
    ['null', status(200, 'null')],
    ['a key that is none', () => Response.json({ keyId: 'version1', key: 'short' })],
  ])('after %s is asked for again, less and less often, until it is there', async (_name, failure) => {
    answers = [...Array(8).fill(failure), good];
    const keys = requests.current('auth|ada', stopper().signal);
    for (const [index, seconds] of [2, 4, 8, 16, 32, 64, 120, 120].entries()) {
      await settled();
      expect(asked).toHaveLength(index + 1);
      jest.advanceTimersByTime(seconds * 1_000 - 1);
      await settled();
      expect(asked).toHaveLength(index + 1);
      jest.advanceTimersByTime(1);
    }
    expect(await keys).toMatchObject({ keyId: 'version1' });
    expect(jest.getTimerCount()).toBe(0);
  });

  test('is not asked for again where there is none', async () => {
    answers = [status(404)];
    expect(await requests.current('auth|ada', stopper().signal)).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  test.each([401, 409])('is not asked for again once a %i has ended the session', async (code) => {
    answers = [
      () => {
        subject = null;
        return status(code)();
      },
    ];
    const keys = requests.current('auth|ada', stopper().signal);
    await settled();
    jest.advanceTimersByTime(2_000);
    expect(await keys).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  test('of a user who is not signed in is not asked for', async () => {
    expect(await requests.current('auth|grace', stopper().signal)).toBeUndefined();
    expect(await requests.byId('auth|grace', 'version1')).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test('is given up at once when it is no longer wanted, and leaves no timer', async () => {
    answers = [status(503)];
    const stop = stopper();
    const keys = requests.current('auth|ada', stop.signal);
    expect(await isDone(keys)).toBe(false);
    stop.abort();
    expect(await isDone(keys)).toBe(true);
    expect(await keys).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('an older key', () => {
  test('is asked for by its id', async () => {
    answers = [() => Response.json(draftKey('version0'))];
    expect(await requests.byId('auth|ada', 'version0')).toMatchObject({ keyId: 'version0' });
    expect(asked).toEqual([[URL, 'POST', 'application/json', { sessionId: SESSION, keyId: 'version0' }]]);
  });

  test.each<[string, () => Response]>([
    ['404', status(404)],
    ['503', status(503)],
    ['no network', network],
  ])('is asked for once: %s', async (_name, failure) => {
    answers = [failure];
    expect(await requests.byId('auth|ada', 'version0')).toBeUndefined();
    expect(asked).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
