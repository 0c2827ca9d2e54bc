import { expect, test } from '@jest/globals';
import { countdown, timeOfDay } from '../../../dev/panel/format.ts';
import { learn, NOTHING_KNOWN } from '../../../dev/panel/model.ts';
import { panelView, untilMs } from '../../../dev/panel/view.ts';
import type { DevSession } from '../../../dev/protocol.ts';
import { DEV_SESSION, DEV_STATE, MINUTE, T } from './samples.ts';

/** What shows `later` ms after the server has said this. */
const viewOf = (sessions: readonly DevSession[], later = 0) =>
  panelView(
    learn(NOTHING_KNOWN, { type: 'state', state: { ...DEV_STATE, sessions }, heardAt: 0, isAnswer: true }),
    later,
  );
const barsOf = (change: Partial<DevSession>, later = 0) =>
  viewOf([{ ...DEV_SESSION, ...change }], later).sessions[0]?.bars ?? [];

test.each([
  [-1, '0:00'],
  [0, '0:00'],
  [1, '0:01'],
  [9_000, '0:09'],
  [60_000, '1:00'],
  [3_599_000, '59:59'],
  [3_599_001, '1:00:00'],
  [43_200_000, '12:00:00'],
])('%d ms are counted down as %s', (ms, text) => {
  expect(countdown(ms)).toBe(text);
});

test('nothing shows of a server that has not spoken', () => {
  expect(panelView(NOTHING_KNOWN, 0)).toEqual({
    trouble: '',
    time: '',
    sessions: [],
    happenings: [],
    requests: [],
  });
});

test('a server that is gone is said, and what it said last stays', () => {
  const known = learn(NOTHING_KNOWN, { type: 'state', state: DEV_STATE, heardAt: 0, isAnswer: true });
  const lost = panelView(learn(known, { type: 'link', link: 'lost' }), 0);
  expect(lost.trouble).toContain('does not answer');
  expect(lost.sessions).toHaveLength(1);
});

test('this browser’s session comes first, then those that live', () => {
  const session = (sessionId: string, change: Partial<DevSession>) => ({
    ...DEV_SESSION,
    sessionId,
    ...change,
  });
  const shown = viewOf([
    session('ended', { current: false, state: 'ended', reason: 'idle', endedAt: T }),
    session('other', { current: false }),
    session('expired', { current: false, state: 'expired', reason: 'idle' }),
    session('own', { current: true, state: 'ended', reason: 'revoked' }),
  ]);
  expect(shown.sessions.map(({ id, isLive, isCurrent }) => [id, isLive, isCurrent])).toEqual([
    ['own', false, true],
    ['other', true, false],
    ['expired', true, false],
    ['ended', false, false],
  ]);
  expect(shown.sessions.map(({ note }) => note)).toEqual([
    'ended: revoked',
    `since ${timeOfDay(T)}`,
    `since ${timeOfDay(T)}`,
    `ended at ${timeOfDay(T)}: idle`,
  ]);
  expect(shown.sessions.map(({ bars }) => bars.length)).toEqual([0, 2, 2, 0]);
});

test('a bar is as full as there is time left, and says where the warning begins', () => {
  const [idle, absolute] = barsOf({}, 3 * MINUTE);
  expect(idle).toEqual({
    label: 'idle',
    text: `12:00 left, until ${timeOfDay(T + 15 * MINUTE)}`,
    left: 12 / 15,
    warning: 2 / 15,
    mood: 'calm',
  });
  expect(absolute).toMatchObject({ label: 'absolute', left: 717 / 720, warning: 10 / 720, mood: 'calm' });
});

test.each([
  [13 * MINUTE - 1, 'calm'],
  [13 * MINUTE, 'warn'],
  [15 * MINUTE - 1, 'warn'],
  [15 * MINUTE, 'over'],
])('%d ms after the activity its mood is %s', (later, mood) => {
  expect(barsOf({}, later)[0]?.mood).toBe(mood);
});

test('a bar is never fuller than full: a coalesced touch gives a little more than the timeout', () => {
  expect(barsOf({ idleExpiresAt: T + 16 * MINUTE })[0]?.left).toBe(1);
  expect(barsOf({}, 60 * MINUTE)[0]).toMatchObject({
    left: 0,
    text: `over since ${timeOfDay(T + 15 * MINUTE)}`,
  });
});

test('a close grace that runs is a bar of its own', () => {
  expect(barsOf({ closesAt: T + 15_000 })[2]).toMatchObject({ label: 'closing', left: 0.5, mood: 'warn' });
});

test('without a name, the subject is shown', () => {
  const { name: _, ...nameless } = DEV_SESSION;
  expect(viewOf([nameless]).sessions[0]?.title).toBe('ada');
});

test('a request says whether it touched, and why', () => {
  const request = {
    at: T,
    method: 'POST',
    path: '/api/session/touch',
    status: 200,
    touched: true,
    why: 'pulse',
  } as const;
  const told = [request, request, { ...request, status: 0, touched: false, why: 'fault' } as const];
  const state = told.reduce((known, each) => learn(known, { type: 'request', request: each }), NOTHING_KNOWN);
  const [fault, pulses] = panelView(state, 0).requests;
  expect(pulses).toMatchObject({ text: 'POST /api/session/touch × 2', tag: 'touched', isMarked: true });
  expect(pulses?.note).toMatch(/^200 · A pulse/);
  expect(fault).toMatchObject({ text: 'POST /api/session/touch', tag: 'did not touch', isMarked: false });
  expect(fault?.note).toMatch(/^no answer · What it needs is down/);
});

test('how long until the warning and until the end', () => {
  expect(untilMs(DEV_SESSION, 'warning', T)).toBe(13 * MINUTE);
  expect(untilMs(DEV_SESSION, 'end', T)).toBe(15 * MINUTE);
  expect(untilMs(DEV_SESSION, 'warning', T + 0.5)).toBe(13 * MINUTE);
  expect(untilMs(DEV_SESSION, 'warning', T + 13 * MINUTE)).toBe(0);
  expect(untilMs(DEV_SESSION, 'end', T + 16 * MINUTE)).toBe(0);
});
