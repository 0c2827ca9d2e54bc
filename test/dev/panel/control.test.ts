import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Control, createControl } from '../../../dev/panel/control.ts';
import type { TabMessage } from '../../../dev/panel/tabs.ts';
import { DEV_HEADER, type DevAction, type DevSession, ROUTES } from '../../../dev/protocol.ts';
import { DEV_SESSION, DEV_STATE, MINUTE, T } from './samples.ts';

const realFetch = globalThis.fetch;
let sent: [path: string, body: unknown][];
let touchStatus: number;
let actionHeaders: Record<string, string>;
let said: TabMessage['type'][];

beforeEach(() => {
  sent = [];
  said = [];
  touchStatus = 200;
  actionHeaders = { [DEV_HEADER]: 'test' };
  globalThis.fetch = async (url, init) => {
    sent.push([String(url), JSON.parse(String(init?.body))]);
    if (url !== ROUTES.actions) return new Response(null, { status: touchStatus });
    return Response.json(DEV_STATE, { headers: actionHeaders });
  };
});
afterEach(() => {
  globalThis.fetch = realFetch;
});

/** The buttons of a panel, `later` ms after the last activity of this browser's session. */
function controlOf(change: Partial<DevSession> = {}, later = 3 * MINUTE): Control {
  const state = { ...DEV_STATE, sessions: [{ ...DEV_SESSION, ...change }] };
  return createControl({
    known: () => ({ state, now: T + later }),
    client: () => undefined,
    learn: () => {},
    tellOthers: ({ type }) => void said.push(type),
    reload: () => void said.push('reload'),
  });
}
const advanced = () => sent.flatMap(([path, body]) => (path === ROUTES.actions ? [body as DevAction] : []));

test('being idle tells the server of the activity first, so that the warning opens on time', async () => {
  expect(await controlOf().beIdle('warning')).toContain('13:00 have passed');
  expect(sent[0]).toEqual(['/api/session/touch', { sessionId: DEV_SESSION.sessionId }]);
  expect(advanced()).toEqual([{ action: 'clock', advanceMs: 13 * MINUTE }]);
  expect(said).toEqual(['changed']);
});

test('what the server could not be told moves no deadline', async () => {
  touchStatus = 503;
  await controlOf().beIdle('warning');
  expect(advanced()).toEqual([{ action: 'clock', advanceMs: 10 * MINUTE }]);
});

test('near the absolute limit the warning is of that', async () => {
  await controlOf({ absoluteExpiresAt: T + 9 * MINUTE, expiresAt: T + 9 * MINUTE }).beIdle('warning');
  expect(advanced()).toEqual([{ action: 'clock', advanceMs: 4 * MINUTE }]);
});

test('past the end nothing is told before, and in a warning it is open already', async () => {
  await controlOf({}, 14 * MINUTE).beIdle('end');
  expect(sent.map(([path]) => path)).toEqual([ROUTES.actions]);
  expect(advanced()).toEqual([{ action: 'clock', advanceMs: MINUTE }]);
  expect(await controlOf({}, 14 * MINUTE).beIdle('warning')).toContain('open already');
  expect(sent).toHaveLength(1);
});

test.each([{ current: false }, { state: 'ended' } as const])(
  'with no session of this browser there is nothing to do: %j',
  async (change) => {
    for (const doing of [controlOf(change).beIdle('end'), controlOf(change).revokeOwn()]) {
      expect(await doing).toBe('Nobody is signed in in this browser.');
    }
    expect(sent).toEqual([]);
  },
);

test('what else answers for the server is noticed by the header that it lacks', async () => {
  actionHeaders = {};
  expect(await controlOf().revokeOwn()).toContain('a service worker, or a proxy');
  expect(said).toEqual([]);
});

test('a server that is gone is said, and nothing is told to other pages', async () => {
  globalThis.fetch = () => Promise.reject(new TypeError('no network'));
  expect(await controlOf().revokeOwn()).toBe('The development server does not answer.');
  expect(said).toEqual([]);
});

test('a browser that is restored loads each of its pages again', async () => {
  await controlOf().restoreBrowser();
  expect(advanced()).toEqual([{ action: 'restore-browser' }]);
  expect(said).toEqual(['changed', 'reload', 'reload']);
});

test('a browser that could not be restored loads nothing again', async () => {
  actionHeaders = {};
  expect(await controlOf().restoreBrowser()).toContain('a service worker, or a proxy');
  expect(said).toEqual([]);
});
