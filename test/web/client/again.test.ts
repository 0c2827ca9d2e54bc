import { afterEach, describe, expect, test } from '@jest/globals';
import { createSession } from '../../../core/lifecycle.ts';
import { definePolicy } from '../../../core/policy.ts';
import type { SignInWord } from '../../../core/sign-in.ts';
import { type ClientPage, openClientPage, turns } from '../../support/client-page.ts';

const MINUTE = 60_000;

let page: ClientPage;
/** What the client has said, oldest first. */
let said: string[];
const channels: BroadcastChannel[] = [];

afterEach(() => {
  page.close();
  for (const channel of channels.splice(0)) channel.close();
});

async function open(name: string): Promise<void> {
  page = await openClientPage(name);
  said = [];
  for (const type of ['ended', 'active'] as const) page.client.addEventListener(type, () => said.push(type));
  page.client.addEventListener('replaced', ({ detail }) => said.push(`replaced ${detail.sameUser}`));
}

/** Somebody signs in elsewhere in this browser. @returns what the page at the end of that says */
function signIn(sessionId: string, subject = 'ada'): SignInWord {
  const { now } = page;
  page.session = createSession({
    sessionId: sessionId.padEnd(22, '0'),
    subject,
    policy: definePolicy(),
    now,
  });
  return { sessionId: page.session.sessionId, activityAt: 0, pulsedAt: 0, status: { serverTime: now } };
}

/** As the page at the end of a sign-in does. */
async function tell(name: string, word: object): Promise<void> {
  page.shared.set(name, JSON.stringify(word));
  const channel = new BroadcastChannel(name);
  channels.push(channel);
  channel.postMessage(word);
  await turns();
}

const asked = () => page.requests.filter(({ path }) => path === '/session').length;

/** The server takes requests from now on, and keeps its answer back. @returns what gives the last one */
function hold(): () => void {
  const { serve } = page;
  let answer = () => {};
  page.answer = (request) =>
    new Promise((resolve) => {
      const response = serve(request);
      answer = () => resolve(response);
    });
  return () => {
    page.answer = serve;
    answer();
  };
}

async function endByIdling(): Promise<void> {
  await page.pass(15 * MINUTE + 1_000);
  expect(page.client.getSnapshot()).toMatchObject({ status: 'ended', reason: 'idle' });
  said = [];
}

describe('after the end, a word that somebody has signed in', () => {
  test('while the server is asked about another one is asked about as well, though it tells of an earlier time', async () => {
    await open('again-twice');
    await endByIdling();
    const first = signIn('first');
    const answer = hold();
    await tell('again-twice', first);
    const second = signIn('second');
    await tell('again-twice', { ...second, status: { serverTime: page.now - 1_000 } });
    answer();
    await turns();
    expect(page.client.getStatus()?.sessionId).toBe(second.sessionId);
  });

  test('so it is where another tab, which knows only of the one before, has left that in the storage', async () => {
    await open('again-overwritten');
    await endByIdling();
    const first = signIn('first');
    const answer = hold();
    await tell('again-overwritten', first);
    const second = signIn('second');
    await tell('again-overwritten', second);
    await tell('again-overwritten', first);
    answer();
    await turns();
    expect(page.client.getStatus()?.sessionId).toBe(second.sessionId);
  });

  test('is asked about once, and the same user goes on: deadlines, pulses and warning are those of the new session', async () => {
    await open('again-same');
    await endByIdling();
    await page.pass(MINUTE);
    const before = asked();
    await tell('again-same', signIn('later'));
    expect(asked()).toBe(before + 1);
    expect(said).toEqual(['replaced true', 'active']);
    expect(page.client.getSnapshot()).toEqual({
      status: 'active',
      connection: 'online',
      expiresAt: page.session.idleExpiresAt,
      absoluteExpiresAt: page.session.absoluteExpiresAt,
      remainingSeconds: null,
      extendable: true,
      reason: null,
      endedAt: null,
    });
    const touches = page.touches();
    await page.pass(1_000);
    page.client.reportActivity();
    await page.pass(2 * MINUTE);
    expect(page.touches()).toBe(touches + 1);
    expect(page.requests.at(-1)!.body.sessionId).toBe(page.session.sessionId);
    await page.pass(12 * MINUTE);
    expect(page.client.getSnapshot().status).toBe('warning');
    expect(await page.client.extend()).toBe(true);
  });

  test('counts although a check was under way when it came, which the old session had lost', async () => {
    await open('again-race');
    await endByIdling();
    let release = () => {};
    const late = new Promise<void>((resolve) => {
      release = resolve;
    });
    page.answer = async (request) => {
      const answer = page.serve(request);
      page.answer = page.serve;
      await late;
      return answer;
    };
    const check = page.client.refresh();
    await tell('again-race', signIn('race'));
    expect(page.client.getSnapshot().status).toBe('ended');
    release();
    await check;
    await turns();
    expect(page.client.getSnapshot().status).toBe('active');
  });

  test('is a hint: what is not true changes nothing, and is asked about once', async () => {
    await open('again-lie');
    await endByIdling();
    const before = asked();
    const word = { sessionId: 'x'.repeat(22), activityAt: 0, pulsedAt: 0, status: { serverTime: page.now } };
    await tell('again-lie', word);
    await tell('again-lie', word);
    await page.pass(MINUTE);
    expect(asked()).toBe(before + 1);
    expect(page.client.getSnapshot()).toMatchObject({ status: 'ended', reason: 'idle' });
    expect(said).toEqual([]);
  });

  test('of somebody else is said once, and does not show; the own user goes on even then', async () => {
    await open('again-other');
    await endByIdling();
    await tell('again-other', signIn('other', 'grace'));
    for (let time = 0; time < 3; time += 1) await page.client.refresh();
    expect(said).toEqual(['replaced false']);
    expect(page.client.getSnapshot()).toMatchObject({ status: 'ended', reason: 'idle', expiresAt: null });
    expect(page.client.getStatus()).toBeNull();
    await page.pass(1_000);
    await tell('again-other', signIn('own'));
    expect(said).toEqual(['replaced false', 'replaced true', 'active']);
    expect(page.client.getStatus()?.subject).toBe('ada');
  });

  test('an operation under way counts as activity again', async () => {
    await open('again-hold');
    void page.client.holdActive(new Promise(() => {}));
    page.answer = () =>
      Response.json({ status: 401, code: 'ERR_SESSION_ENDED', reason: 'revoked' }, { status: 401 });
    await page.client.refresh();
    expect(page.client.getSnapshot()).toMatchObject({ status: 'ended', reason: 'revoked' });
    page.answer = page.serve;
    await page.pass(MINUTE);
    await tell('again-hold', signIn('hold'));
    await page.pass(20 * MINUTE);
    expect(page.client.getSnapshot().status).toBe('active');
  });
});

describe('a tab that slept through the end and the sign-in', () => {
  test('of the same user has never ended', async () => {
    await open('asleep-same');
    page.now += 30 * MINUTE;
    signIn('later');
    await page.client.refresh();
    expect(said).toEqual(['replaced true']);
    expect(page.client.getSnapshot().status).toBe('active');
  });

  test('of somebody else ends', async () => {
    await open('asleep-other');
    page.now += 30 * MINUTE;
    signIn('other', 'grace');
    await page.client.refresh();
    expect(said).toEqual(['ended', 'replaced false']);
    expect(page.client.getSnapshot()).toMatchObject({ status: 'ended', reason: 'superseded' });
  });
});
