import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createSession } from '../../../core/lifecycle.ts';
import { definePolicy } from '../../../core/policy.ts';
import { type SessionStatus, sessionStatus } from '../../../core/protocol.ts';
import { watchCloseGrace } from '../../../web/browser-close/close-grace.ts';
import type { SessionClient } from '../../../web/client/index.ts';

const START = 1_700_000_000_000;
const STATUS = sessionStatus(
  createSession({
    sessionId: 'close-grace'.padEnd(22, '0'),
    subject: 'ada',
    policy: definePolicy({ browserClose: 'last-page' }),
    now: START,
  }),
  START,
);
const { sessionId } = STATUS;

let page: EventTarget;
let sent: { readonly path: string; readonly body: unknown; readonly keepalive: boolean | undefined }[];
let beaconsWork: boolean;
let vendor: string;
let status: SessionStatus | null;
let changed: () => void;
let stopper: AbortController;

/** A page that shows the session, as far as the close grace needs one. */
beforeEach(() => {
  jest.useFakeTimers({ now: START });
  page = new EventTarget();
  sent = [];
  beaconsWork = true;
  vendor = 'Google Inc.';
  status = STATUS;
  stopper = new AbortController();
  const beacons: Promise<unknown>[] = [];
  Object.assign(globalThis, {
    document: {},
    addEventListener: page.addEventListener.bind(page),
  });
  Object.defineProperty(globalThis, 'navigator', {
    configurable: true,
    value: {
      get vendor() {
        return vendor;
      },
      sendBeacon(path: string, body: Blob) {
        if (!beaconsWork) return false;
        beacons.push(
          body.text().then((text) => sent.push({ path, body: JSON.parse(text), keepalive: undefined })),
        );
        return true;
      },
    },
  });
  const client: Pick<SessionClient, 'getStatus' | 'subscribe'> = {
    getStatus: () => status,
    subscribe(listener) {
      changed = listener;
      return () => {};
    },
  };
  const doFetch = async (path: unknown, init?: RequestInit) => {
    sent.push({ path: String(path), body: JSON.parse(String(init?.body)), keepalive: init?.keepalive });
    return new Response();
  };
  watchCloseGrace(client as SessionClient, '/api', 'close-grace-test', doFetch, stopper.signal);
});

afterEach(() => {
  stopper.abort();
  for (const name of ['document', 'addEventListener', 'navigator']) Reflect.deleteProperty(globalThis, name);
  jest.useRealTimers();
});

/** The text of a beacon is read in the background. */
const hide = async () => {
  page.dispatchEvent(new Event('pagehide'));
  jest.useRealTimers();
  while (sent.length === 0) await new Promise(setImmediate);
};

test('a page that goes says so, and when, in a beacon', async () => {
  jest.setSystemTime(START + 5_000);
  await hide();
  expect(sent).toEqual([
    { path: '/api/session/close', body: { sessionId, at: START + 5_000 }, keepalive: undefined },
  ]);
});

test.each([
  ['a beacon is refused', false, 'Google Inc.'],
  ['it carries no mark, in WebKit', true, 'Apple Computer, Inc.'],
])('where %s, in a request that outlives the page', async (_, accepted, maker) => {
  beaconsWork = accepted;
  vendor = maker;
  await hide();
  expect(sent).toEqual([{ path: '/api/session/close', body: { sessionId, at: START }, keepalive: true }]);
});

test('a page says again after 10 s that it is there, and when it said so', () => {
  jest.advanceTimersByTime(9_999);
  expect(sent).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(sent).toEqual([
    { path: '/api/session/open', body: { sessionId, at: START + 10_000 }, keepalive: undefined },
  ]);
});

test('a close grace that a live page hears of is cancelled, once', () => {
  status = { ...STATUS, closesAt: START + 30_000 };
  changed();
  changed();
  expect(sent).toEqual([{ path: '/api/session/open', body: { sessionId, at: START }, keepalive: undefined }]);
});

test('a page without a session says nothing', () => {
  status = null;
  changed();
  page.dispatchEvent(new Event('pagehide'));
  jest.advanceTimersByTime(60_000);
  expect(sent).toEqual([]);
});
