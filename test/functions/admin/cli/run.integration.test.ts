import { spawn } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { administer } from '../../../../functions/admin/admin.ts';
import { type CliIo, run } from '../../../../functions/admin/cli/run.ts';
import type { Store } from '../../../../functions/store/store.ts';
import { createTable, type Engine, startDynalite } from '../../../support/engines.ts';
import { seededBytes, signedIn } from '../../../support/http.ts';
import { endReasonOf, newSession } from '../../../support/sessions.ts';

let engine: Engine;
let store: Store;
let tableName: string;

beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.stop());
beforeEach(async () => {
  ({ store, tableName } = await createTable(engine));
});

/** The command as a user runs it, in a process of its own. */
function curfew(...argv: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['functions/admin/cli/main.ts', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: 'us-east-1',
    },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

const here = () => ['--table', tableName, '--endpoint', engine.endpoint];

test('lists and revokes on a table, in a process of its own', async () => {
  const now = Date.now();
  const { session, secret } = await signedIn(store, { now, subject: 'ada' });
  const listed = await curfew('sessions', 'list', '--subject', 'ada', ...here());
  expect(listed).toMatchObject({ code: 0, err: '' });
  expect(listed.out).toMatch(new RegExp(`^SESSION .*\n${session.sessionId} +active `));
  expect(listed.out).not.toContain(secret);

  const revoked = await curfew('sessions', 'revoke', '--session', session.sessionId, ...here(), '--json');
  expect(JSON.parse(revoked.out)).toEqual({ revoked: 1, remaining: 0, examined: 1 });
  const again = await curfew('sessions', 'revoke', '--session', session.sessionId, ...here());
  expect(again).toMatchObject({ code: 0, out: 'revoked 0 of 1 session\n' });
  expect(endReasonOf((await store.read(session.sessionId))?.session)).toBe('revoked');

  const gone = await curfew('sessions', 'revoke', '--session', 'z'.repeat(22), ...here());
  expect(gone).toMatchObject({ code: 1, out: '' });
  expect(gone.err).toMatch(/^ERR_NOT_FOUND: /);
}, 60_000);

describe('the command', () => {
  let out = '';
  let err = '';
  const io: CliIo = {
    out(text) {
      out += text;
    },
    err(text) {
      err += text;
    },
    ask: undefined,
    connect: () => (request) => administer(request, { store, now: Date.now() }),
  };
  beforeEach(() => {
    out = '';
    err = '';
  });

  test('revokes every session with progress, once that is confirmed', async () => {
    const randomBytes = seededBytes(tableName);
    for (let made = 0; made < 30; made += 1) {
      await store.create(newSession({ createdAt: Date.now() }), randomBytes(32));
    }
    const all = ['sessions', 'revoke', '--all', '--table', 't'];
    expect(await run(all, io)).toBe(2);
    expect(err).toContain('--yes');
    err = '';
    expect(await run(all, { ...io, ask: async () => 'no' })).toBe(1);
    expect((await store.countDue(0)).count + (await store.countDue(1)).count).toBeGreaterThan(0);
    err = '';
    expect(await run([...all, '--yes'], io)).toBe(0);
    expect(out).toBe('revoked 30 of 30 sessions\n');
    expect(err).toBe('revoked 30 (4 of 4 shards done)\n');
    expect(await run(all, { ...io, ask: async () => 'all' })).toBe(0);
    expect(out).toContain('revoked 0 of 0 sessions\n');
  });

  test.each([
    [[], 'unknown command'],
    [['sessions'], 'list or revoke'],
    [['sessions', 'drop', '--table', 't'], 'list or revoke'],
    [['sessions', 'list', '--table', 't'], '--subject'],
    [['sessions', 'list', '--subject', 'ada'], '--function and --table'],
    [['sessions', 'list', '--subject', 'a', '--table', 't', '--function', 'f'], '--function and --table'],
    [['sessions', 'list', '--subject', 'a', '--function', 'f', '--endpoint', 'http://x'], '--endpoint'],
    [['sessions', 'revoke', '--table', 't'], 'one of'],
    [['sessions', 'revoke', '--table', 't', '--all', '--subject', 'ada'], 'one of'],
    [['sessions', 'revoke', '--table', 't', '--all', '--retention', '-1'], 'retention'],
    [['sessions', 'list', '--subjekt', 'ada', '--table', 't'], 'subjekt'],
  ])('%j is answered with the usage: %s', async (argv, word) => {
    expect(await run(argv, io)).toBe(2);
    expect(err).toContain(word);
    expect(err).toContain('Usage:');
    expect(out).toBe('');
  });

  test('shows the usage', async () => {
    expect(await run(['--help'], io)).toBe(0);
    expect(out).toMatch(/^Usage:/);
  });

  test('lets no escape sequence of a user agent reach the terminal', async () => {
    const device = { userAgent: '\u001b[2Jevil', address: '192.0.2.1' };
    await store.create(newSession({ subject: 'eve', createdAt: Date.now(), device }), seededBytes()(32));
    expect(await run(['sessions', 'list', '--subject', 'eve', '--table', 't'], io)).toBe(0);
    expect(out).toContain('?[2Jevil');
    expect(out).not.toContain('\u001b');
  });
});
