import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSession } from '../../core/lifecycle.ts';
import { definePolicy } from '../../core/policy.ts';
import { keepSessions } from '../../dev/kept-sessions.ts';
import { T0 } from '../support/sessions.ts';

let folder: string;
let file: string;
const said: string[] = [];
const io = {
  now: () => T0,
  randomBytes: (size: number) => new Uint8Array(size).fill(7),
  say: (text: string) => void said.push(text),
  environment: () => undefined,
};
const open = () => keepSessions(file, io, () => undefined);

const row = {
  session: createSession({ sessionId: 's'.repeat(22), subject: 'ada', policy: definePolicy(), now: T0 }),
  secretHash: Uint8Array.of(0, 1, 255),
  binding: { runHash: Uint8Array.of(9), confirmed: true, scope: '/api/' },
  ...{ shard: 0, dueAt: T0 + 1 },
};

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'curfew-kept-'));
  file = path.join(folder, 'new', 'sessions.json');
  said.length = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('what was in memory is there after a restart, with the same secret', async () => {
  const kept = open();
  kept.tables.rows.set(row.session.sessionId, row);
  kept.tables.revocations.set('bob', { at: T0, endedBy: { type: 'admin', id: 'ada' } });
  kept.advance(5);
  kept.advance(2);
  kept.flush();
  const again = open();
  expect(again.aheadMs).toBe(7);
  expect([...again.tables.rows]).toEqual([[row.session.sessionId, JSON.parse(JSON.stringify(row), bytes)]]);
  expect([...again.tables.rows.values()][0]?.secretHash).toEqual(row.secretHash);
  expect([...again.tables.revocations]).toEqual([...kept.tables.revocations]);
  expect(again.secret).toBe(kept.secret);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(path.dirname(file))).toEqual(['sessions.json']);
});

/** The hashes as arrays of bytes, as the row has them. */
function bytes(this: unknown, key: string, value: unknown): unknown {
  return key.endsWith('Hash') ? Uint8Array.from(Object.values(Object(value))) : value;
}

test('a file is written when something has changed, and not before', async () => {
  const kept = open();
  kept.flush();
  await expect(stat(file)).rejects.toThrow('ENOENT');
  kept.tables.rows.set(row.session.sessionId, row);
  kept.flush();
  kept.tables.rows.delete(row.session.sessionId);
  kept.flush();
  expect(JSON.parse(await readFile(file, 'utf8')).rows).toEqual([]);
});

test.each([
  ['', 'the whole'],
  ['{"version":1,', 'the whole'],
  ['{"version":2}', 'version'],
  [
    JSON.stringify({
      version: 1,
      secret: 's'.repeat(32),
      aheadMs: 0,
      rows: [{ session: {} }],
      revocations: [],
    }),
    'rows.0',
  ],
])('a file that holds %s is named, set aside whole, and never overwritten', async (text, fault) => {
  file = path.join(folder, 'sessions.json');
  await writeFile(file, text);
  const kept = open();
  expect(kept.tables.rows.size).toBe(0);
  kept.tables.rows.set(row.session.sessionId, row);
  kept.flush();
  expect(await readFile(`${file}.${T0}.broken`, 'utf8')).toBe(text);
  expect(said).toEqual([expect.stringContaining(`${file} holds no sessions`)]);
  expect(said[0]).toContain(fault);
});

test('a file that cannot be written is said once, and written as soon as it can be', async () => {
  const kept = open();
  await writeFile(path.dirname(file), 'no folder');
  kept.tables.rows.set(row.session.sessionId, row);
  kept.flush();
  kept.flush();
  expect(said).toEqual([expect.stringContaining(`${file} cannot be written`)]);
  await rm(path.dirname(file));
  kept.flush();
  expect(open().tables.rows.size).toBe(1);
});

test('a change is written by itself, and one that cannot be ends nothing', async () => {
  const kept = open();
  await writeFile(path.dirname(file), 'no folder');
  kept.advance(1);
  await new Promise(setImmediate);
  expect(said).toHaveLength(1);
  await rm(path.dirname(file));
  kept.advance(1);
  await new Promise(setImmediate);
  expect(open().aheadMs).toBe(2);
});

test('a file that another server writes is said, once', () => {
  const [one, other] = [open(), open()];
  for (const kept of [one, one, other]) {
    kept.advance(1);
    kept.flush();
  }
  // The other had read no file, and finds one.
  expect(said).toEqual([expect.stringContaining(`${file} was written by another server`)]);
  for (const kept of [one, one, other]) {
    kept.advance(1);
    kept.flush();
  }
  expect(said).toHaveLength(2);
});

test('a file that is deleted while the server runs is made again', async () => {
  const kept = open();
  for (const _ of [1, 2]) {
    kept.advance(1);
    kept.flush();
    await rm(file);
  }
  expect(said).toEqual([]);
});

test('a file that cannot be read is named', () => {
  file = folder;
  expect(open).toThrow(`the file of sessions cannot be read: ${folder}`);
});
