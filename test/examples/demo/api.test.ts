import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createMemoryStore, signIn } from 'curfew/testing';
import { createNotesHandler } from '../../../examples/demo/api/handler.ts';
import { type NoteStore, NotesUnavailableError } from '../../../examples/demo/api/notes.ts';
import { ROUTES } from '../../../examples/demo/api/routes.ts';
import { answerOf, event, SAME_ORIGIN, type Sent, SITE_URL } from '../../support/http.ts';
import { memoryNotes } from './memory-notes.ts';

const START = 1_700_000_000_000;
const IDLE = 900_000;

let now: number;
let store: ReturnType<typeof createMemoryStore>;
let handler: ReturnType<typeof createNotesHandler>;

function handlerOver(notes: NoteStore) {
  return createNotesHandler({
    notes,
    now: () => now,
    guard: { store, now: () => now, siteUrl: SITE_URL, observer: {} },
  });
}

beforeEach(() => {
  now = START;
  store = createMemoryStore();
  handler = handlerOver(memoryNotes());
});

const cookieOf = async (subject = 'ada') => (await signIn(store, { subject, now })).cookie;
const send = async (sent: Sent) => answerOf(await handler(event(sent), {} as never));
const save = (cookie: string, body: Sent['body'], headers: Record<string, string> = {}) =>
  send({
    method: 'POST',
    path: '/api/notes',
    cookies: [cookie],
    body,
    headers: { ...SAME_ORIGIN, ...headers },
  });

describe('the list', () => {
  test('polled for ten idle timeouts, ends in idle at the deadline', async () => {
    const cookie = await cookieOf();
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

  test('is not given without a session', async () => {
    expect(await send({ path: '/api/notes' })).toMatchObject({
      status: 401,
      json: { code: 'ERR_SESSION_MISSING' },
    });
  });
});

describe('a save', () => {
  test('extends the session, and only its user gets the note', async () => {
    const cookie = await cookieOf();
    const other = await cookieOf('grace');
    now += IDLE - 1;
    expect(await save(cookie, { text: 'buy milk' }, { 'curfew-idle-for': '0' })).toMatchObject({
      status: 201,
      json: { text: 'buy milk', savedAt: now },
    });
    now += IDLE - 1;
    const own = await send({ path: '/api/notes', cookies: [cookie] });
    expect(own).toMatchObject({ status: 200, json: { notes: [{ text: 'buy milk' }] } });
    now = START;
    expect((await send({ path: '/api/notes', cookies: [other] })).json.notes).toEqual([]);
  });

  test.each([
    [{}, 400, /^text: /],
    [{ text: '' }, 400, /^text: /],
    [{ text: 'x'.repeat(2_001) }, 400, /^text: /],
    [{ text: 7 }, 400, /^text: /],
    ['[]', 400, /^text: /],
    ['null', 400, /^text: /],
    ['{"text":', 400, /^body: /],
    [undefined, 400, /^body: /],
    [JSON.stringify({ text: 'x'.repeat(16_384) }), 413, /^body: /],
  ])('of %j is rejected', async (body, status, detail) => {
    const answer = await save(await cookieOf(), body, { 'content-type': 'application/json' });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json.detail).toMatch(detail);
  });

  test('of the longest text is accepted, each of its characters escaped', async () => {
    const text = '\u0001'.repeat(2_000);
    const answer = await save(await cookieOf(), { text });
    expect(answer).toMatchObject({ status: 201, json: { text } });
  });

  test('in base64 is read as API Gateway sends it', async () => {
    const answer = answerOf(
      await handler(
        event({
          method: 'POST',
          path: '/api/notes',
          cookies: [await cookieOf()],
          headers: { ...SAME_ORIGIN, 'content-type': 'application/json; charset=utf-8' },
          body: '{"text":"grün"}',
          base64: true,
        }),
        {} as never,
      ),
    );
    expect(answer).toMatchObject({ status: 201, json: { text: 'grün' } });
  });

  test('of a form is rejected: 415', async () => {
    const answer = await save(await cookieOf(), 'text=x', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(answer.status).toBe(415);
  });

  test('from another site is rejected', async () => {
    const answer = await send({
      method: 'POST',
      path: '/api/notes',
      cookies: [await cookieOf()],
      body: { text: 'x' },
    });
    expect(answer).toMatchObject({ status: 403, json: { code: 'ERR_CROSS_SITE' } });
  });
});

describe('the page', () => {
  test('shows the notes as text, and after the end says why in its own words', async () => {
    const cookie = await cookieOf();
    await save(cookie, { text: '<script>alert(1)</script>' });
    const live = await send({ path: '/api/notes/page', cookies: [cookie] });
    expect(live.text).toContain('&#60;script&#62;');
    expect(live.text).not.toContain('<script');
    now += IDLE;
    const ended = await send({ path: '/api/notes/page', cookies: [cookie] });
    expect(ended.status).toBe(200);
    expect(ended.text).toMatch(/no activity for a while.*Sign in again/s);
  });

  test('opened by a link on another site is loaded again from this one, since the cookie stayed behind', async () => {
    const headers = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    const answer = await send({ path: '/api/notes/page', headers });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('location.replace("/api/notes/page")');
  });
});

test('a table that does not answer is 503 with Retry-After, and never a sign-out', async () => {
  const down = () => Promise.reject(new NotesUnavailableError('the notes table does not answer'));
  handler = handlerOver({ list: down, save: down });
  const log = jest.spyOn(console, 'error').mockReturnValue();
  const cookie = await cookieOf();
  for (const path of ['/api/notes', '/api/notes/page']) {
    const answer = await send({ path, cookies: [cookie] });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  }
  expect((await save(cookie, { text: 'x' })).status).toBe(503);
  expect(log).toHaveBeenCalledTimes(3);
  log.mockRestore();
});

test('every route of the stack has a handler, and an unknown one is a defect', async () => {
  for (const { method, path } of ROUTES) expect((await send({ method, path })).status).toBeLessThan(500);
  await expect(send({ path: '/api/other' })).rejects.toThrow('GET /api/other');
});
