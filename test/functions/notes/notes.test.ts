import { beforeEach, expect, test } from '@jest/globals';
import { definePolicy } from '../../../core/policy.ts';
import { guardObserver } from '../../../functions/guard/observe.ts';
import { createNotesHandler } from '../../../functions/notes/handler.ts';
import type { Note } from '../../../functions/notes/notes.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { answerOf, event, recorder, SAME_ORIGIN, type Sent, SITE_URL, signedIn } from '../../support/http.ts';

const START = 1_700_000_000_000;
const { idleTimeoutMs: IDLE } = definePolicy();

let now = START;
let store = createMemoryStore();
let handler = make();

function make() {
  const kept = new Map<string, Note[]>();
  const { observers } = recorder();
  return createNotesHandler({
    ...observers,
    store,
    siteUrl: SITE_URL,
    now: () => now,
    observer: guardObserver(observers),
    notes: {
      list: async (subject) => kept.get(subject) ?? [],
      save: async (subject, note) => void kept.set(subject, [note, ...(kept.get(subject) ?? [])]),
    },
  });
}

beforeEach(() => {
  now = START;
  store = createMemoryStore();
  handler = make();
});

const send = async (sent: Sent) => answerOf(await handler(event(sent), {} as never));
const save = (cookie: string, body: object, idleFor?: string) =>
  send({
    method: 'POST',
    path: '/api/notes',
    cookies: [cookie],
    body,
    headers: { ...SAME_ORIGIN, ...(idleFor !== undefined && { 'curfew-idle-for': idleFor }) },
  });

test('a list that is polled for ten idle timeouts ends in idle, at the deadline', async () => {
  const { cookie } = await signedIn(store, { now });
  let answer = await send({ path: '/api/notes', cookies: [cookie] });
  expect(answer).toMatchObject({ status: 200, json: { notes: [] } });
  const ends: number[] = [];
  for (let poll = 0; poll < 150; poll += 1) {
    now += IDLE / 15;
    answer = await send({ path: '/api/notes', cookies: [cookie] });
    if (answer.status === 401) ends.push(answer.json.endedAt);
  }
  expect(answer.json).toMatchObject({ code: 'ERR_SESSION_ENDED', reason: 'idle' });
  expect(new Set(ends)).toEqual(new Set([START + IDLE]));
});

test('saving extends, and what was saved is listed to its user alone', async () => {
  const { session, cookie } = await signedIn(store, { now });
  const other = await signedIn(store, { now, seed: 'other', subject: 'other' });
  now += IDLE - 1;
  expect(await save(cookie, { text: 'buy milk' }, '0')).toMatchObject({
    status: 201,
    json: { text: 'buy milk', savedAt: now },
  });
  expect((await store.read(session.sessionId))!.session.lastActivityAt).toBe(now);
  expect((await send({ path: '/api/notes', cookies: [cookie] })).json.notes).toHaveLength(1);
  expect((await send({ path: '/api/notes', cookies: [other.cookie] })).json.notes).toEqual([]);
});

test.each([
  [{}, 'text'],
  [{ text: '' }, 'text'],
  [{ text: 'x'.repeat(2_001) }, 'text'],
  [{ text: 7 }, 'text'],
])('%j is refused, naming %s', async (body, field) => {
  const { cookie } = await signedIn(store, { now });
  const answer = await save(cookie, body);
  expect(answer).toMatchObject({ status: 400, json: { code: 'ERR_REQUEST_INVALID' } });
  expect(answer.json.detail).toMatch(new RegExp(`^${field}: `));
});

test('another site saves nothing', async () => {
  const { cookie } = await signedIn(store, { now });
  const answer = await send({ method: 'POST', path: '/api/notes', cookies: [cookie], body: { text: 'x' } });
  expect(answer).toMatchObject({ status: 403, json: { code: 'ERR_CROSS_SITE' } });
});

test('the page says in its own words why the session ended, and shows the notes while it lives', async () => {
  const { cookie } = await signedIn(store, { now });
  await save(cookie, { text: '<script>alert(1)</script>' });
  const live = await send({ path: '/api/notes/page', cookies: [cookie] });
  expect(live.text).toContain('&#60;script&#62;');
  expect(live.text).not.toContain('<script');
  now += IDLE;
  const over = await send({ path: '/api/notes/page', cookies: [cookie] });
  expect(over.status).toBe(200);
  expect(over.text).toMatch(/no activity for a while.*Sign in again/s);
});
