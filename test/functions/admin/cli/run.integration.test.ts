import { spawn } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { administer, readRequest } from '../../../../functions/admin/admin.ts';
import { type CliIo, run } from '../../../../functions/admin/cli/run.ts';
import type { AdminRequest } from '../../../../functions/admin/protocol.ts';
import type { Store } from '../../../../functions/store/store.ts';
import { createTable, type Engine, startDynalite } from '../../../support/engines.ts';
import { seededBytes, signedIn } from '../../../support/http.ts';
import { seed } from '../../../support/seed.ts';
import { newSession } from '../../../support/sessions.ts';

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

const here = () => ['--table', tableName, '--endpoint', engine.endpoint, '--actor', 'ops'];

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
  expect((await store.read(session.sessionId))?.session).toMatchObject({
    endReason: 'revoked',
    endedBy: { type: 'admin', id: 'ops' },
  });

  const gone = await curfew('sessions', 'revoke', '--session', 'z'.repeat(22), ...here());
  expect(gone).toMatchObject({ code: 1, out: '' });
  expect(gone.err).toMatch(/^ERR_NOT_FOUND: /);

  const erased = await curfew('erase', 'ada', ...here(), '--json');
  expect(JSON.parse(erased.out)).toEqual({ erased: 1, revoked: 0, remaining: 0 });
  expect(await store.read(session.sessionId)).toBeUndefined();
}, 60_000);

describe('the command', () => {
  let out = '';
  let err = '';
  let asked: AdminRequest[] = [];
  const io: CliIo = {
    out(text) {
      out += text;
    },
    err(text) {
      err += text;
    },
    ask: undefined,
    actor: undefined,
    version: '1.2.3',
    restore: () => Promise.reject(new Error('nothing is restored here')),
    connect: () => (request) => {
      asked.push(request);
      return administer(readRequest(request), { store, now: Date.now() });
    },
  };
  beforeEach(() => {
    out = '';
    err = '';
    asked = [];
  });

  test('revokes every session with progress, once that is confirmed', async () => {
    const randomBytes = seededBytes(tableName);
    for (let made = 0; made < 30; made += 1) {
      await store.create(newSession({ createdAt: Date.now() }), randomBytes(32));
    }
    const all = ['sessions', 'revoke', '--all', '--table', 't', '--actor', 'ops'];
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

  test('tightens every session with progress, and says what it left', async () => {
    const randomBytes = seededBytes(tableName);
    for (let made = 0; made < 3; made += 1) {
      await store.create(newSession({ createdAt: Date.now() }), randomBytes(32));
    }
    const tighten = [
      'sessions',
      'tighten',
      '--idle',
      '5m',
      '--absolute',
      '2h',
      '--table',
      't',
      '--actor',
      'ops',
    ];
    const { tighten: write } = store;
    store.tighten = async () => false;
    expect(await run(tighten, io)).toBe(1);
    expect([out, err]).toEqual(['tightened 0 of 3 sessions\n', expect.stringContaining('run it again')]);
    [out, err] = ['', ''];
    store.tighten = write;
    expect(await run(tighten, io)).toBe(0);
    expect([out, err]).toEqual(['tightened 3 of 3 sessions\n', 'tightened 3 (4 of 4 shards done)\n']);
    expect(asked.at(-1)).toMatchObject({ idleTimeoutMs: 300_000, absoluteTimeoutMs: 7_200_000 });
  });

  test.each([
    [[], 'unknown command'],
    [['sessions'], 'list, revoke or tighten'],
    [['sessions', 'drop', '--table', 't'], 'list, revoke or tighten'],
    [['sessions', 'list', '--table', 't'], '--subject'],
    [['sessions', 'list', '--subject', 'ada'], '--function and --table'],
    [['sessions', 'list', '--subject', 'a', '--table', 't', '--function', 'f'], '--function and --table'],
    [['sessions', 'list', '--subject', 'a', '--function', 'f', '--endpoint', 'http://x'], '--endpoint'],
    [['sessions', 'revoke', '--table', 't'], 'one of'],
    [['sessions', 'revoke', '--table', 't', '--all', '--subject', 'ada'], 'one of'],
    [['sessions', 'revoke', '--table', 't', '--all', '--retention', '-1'], 'retention'],
    [['sessions', 'tighten', '--table', 't'], 'tighten: --idle'],
    [['sessions', 'tighten', '--idle', '15m', '--all', '--table', 't'], 'for every session'],
    [['sessions', 'tighten', '--idle', '900', '--table', 't'], '--idle: a duration'],
    [['sessions', 'tighten', '--absolute', '59s', '--table', 't'], '--absolute: a duration'],
    [['sessions', 'revoke', '--all', '--idle', '15m', '--table', 't'], 'go with tighten'],
    [['erase'], 'erase: the subject'],
    [['erase', 'ada', 'grace', '--table', 't'], 'unknown command'],
    [['erase', 'ada', '--all', '--table', 't'], 'erase: the subject alone'],
    [['sessions', 'list', '--subjekt', 'ada', '--table', 't'], 'subjekt'],
  ])('%j is answered with the usage: %s', async (argv, word) => {
    expect(await run(argv, { ...io, actor: 'ops' })).toBe(2);
    expect(err).toContain(word);
    expect(err).toContain('Usage:');
    expect(out).toBe('');
  });

  test.each([
    [['sessions', 'list', '--subject', 'ada']],
    [['sessions', 'revoke', '--all', '--yes']],
    [['erase', 'ada']],
    [['sessions', 'tighten', '--idle', '15m']],
  ])('asks who asks: %j', async (argv) => {
    expect(await run([...argv, '--table', 't'], io)).toBe(2);
    expect(err).toContain('--actor');
    expect(asked).toEqual([]);
  });

  test('takes who asks from the arguments, and else from the variable', async () => {
    const list = ['sessions', 'list', '--subject', 'ada', '--table', 't'];
    expect(await run(list, { ...io, actor: 'variable' })).toBe(0);
    expect(await run([...list, '--actor', 'argument'], { ...io, actor: 'variable' })).toBe(0);
    expect(asked.map(({ actor }) => actor)).toEqual(['variable', 'argument']);
  });

  test('erases a user, request by request, and says what it could not erase', async () => {
    const createdAt = Date.now();
    const sessions = Array.from({ length: 620 }, () => newSession({ subject: 'ada', createdAt }));
    await seed(engine, tableName, sessions, 1);
    const erase = ['erase', 'ada', '--table', 't', '--actor', 'ops'];
    expect(await run(erase, io)).toBe(0);
    expect(asked.length).toBeGreaterThan(1);
    expect(out).toBe('erased 620 sessions, of which 620 lived\n');
    await store.create(newSession({ subject: 'ada', createdAt }), seededBytes(tableName)(32));
    store.eraseSession = async () => false;
    expect(await run(erase, io)).toBe(1);
    expect(err).toContain('1 or more are left: run it again');
  });

  test('shows its version', async () => {
    expect(await run(['--version'], io)).toBe(0);
    expect(out).toBe('1.2.3\n');
  });

  test('shows the usage', async () => {
    expect(await run(['--help'], io)).toBe(0);
    expect(out).toMatch(/^Usage:/);
  });

  test('lets no escape sequence of a user agent reach the terminal', async () => {
    const device = { userAgent: '\u001b[2Jevil\u009b2J\u202e', address: '192.0.2.1' };
    await store.create(newSession({ subject: 'eve', createdAt: Date.now(), device }), seededBytes()(32));
    expect(await run(['sessions', 'list', '--subject', 'eve', '--table', 't', '--actor', 'ops'], io)).toBe(0);
    expect(out).toContain('?[2Jevil?2J?');
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
    out = '';
    const json = ['sessions', 'list', '--subject', 'eve', '--table', 't', '--actor', 'ops', '--json'];
    expect(await run(json, io)).toBe(0);
    expect(out.slice(0, -1)).not.toMatch(/\p{C}/u);
    expect(JSON.parse(out).sessions[0].device).toEqual(device);
  });

  test('lists a session with a time that is no date, and the others', async () => {
    const lists: CliIo['connect'] = (where) => async (request) => {
      const answer = await io.connect(where)(request);
      if (!('sessions' in answer)) return answer;
      const [first, ...others] = answer.sessions;
      return { ...answer, sessions: [{ ...first!, lastActivityAt: 9e15 }, ...others] };
    };
    const randomBytes = seededBytes();
    for (const createdAt of [0, 1].map((later) => Date.now() + later)) {
      await store.create(newSession({ subject: 'mae', createdAt }), randomBytes(32));
    }
    const list = ['sessions', 'list', '--subject', 'mae', '--table', 't', '--actor', 'ops'];
    expect(await run(list, { ...io, connect: lists })).toBe(0);
    expect(out.trim().split('\n')).toHaveLength(3);
    expect(out).toContain('9000000000000000 ms');
  });
});
