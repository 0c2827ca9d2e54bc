import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { DUE_SHARDS_KEY } from '../../core/contract.ts';
import { definePolicy } from '../../core/policy.ts';
import { event, SAME_ORIGIN, type Sent, signedIn } from '../support/http.ts';
import { newSession } from '../support/sessions.ts';
import { Browser } from '../support/sign-in.ts';
import { streamRecord } from '../support/stream-records.ts';
import { MAX_SESSIONS, type Service } from './service.ts';

/** Takes the functions along every path on which they ask something of AWS. */
export async function drive(service: Service): Promise<void> {
  await signIns(service);
  await sessionApi(service);
  for (const name of ['guarded', 'authorizer']) await guard(service, name);
  await sweep(service);
  await publish(service);
  await admin(service);
}

const MINUTE = 60_000;
const POLICY = definePolicy({ browserClose: 'last-page' });

let made = 0;

/** A session that began some minutes ago: after 15 idle ones it has expired. */
async function begin({ store }: Service, { minutesAgo = 0, subject = 'ada' } = {}) {
  made += 1;
  const now = Date.now() - minutesAgo * MINUTE;
  const begun = await signedIn(store, { now, subject, seed: `roles ${made}`, policy: POLICY });
  const { sessionId } = begun.session;
  const secretHash = (await store.read(sessionId))!.secretHash;
  return { ...begun, sessionId, secretHash, subject };
}

/** As in a table that is new: nothing says how many shards there are. */
async function forgetShards({ engine, tableName }: Service): Promise<void> {
  await engine.client.send(
    new DeleteItemCommand({ TableName: tableName, Key: { pk: { S: DUE_SHARDS_KEY } } }),
  );
}

async function signIns(service: Service): Promise<void> {
  let held: string[] = [];
  // One browser, whose sessions supersede each other; then others, until there is one too many.
  for (let round = 0; round < MAX_SESSIONS + 2; round += 1) {
    if (round > 1) held = [];
    const cookies = held;
    // A state is used once: a callback that gave up on a busy machine can't be repeated by itself.
    held = await signIn(service, cookies).catch(() => signIn(service, cookies));
  }
}

/** @returns the cookies that the browser holds then */
async function signIn({ invoke }: Service, held: readonly string[]): Promise<string[]> {
  const path = '/api/auth/sign-in';
  const begun = await invoke('auth', `GET ${path}`, event({ path, cookies: held }));
  if (begun.statusCode !== 302) throw new Error(`no sign-in: ${JSON.stringify(begun)}`);
  const { href, search, pathname } = await new Browser().authenticate(begun.headers.location);
  const cookies = [begun.cookies[0].split(';')[0]];
  const sent = { path: pathname, query: search.slice(1), cookies };
  const done = await invoke('auth', `GET ${pathname}`, event(sent));
  if (done.statusCode !== 200 || !done.cookies) throw new Error(`no session from ${href}: ${done.body}`);
  return done.cookies.map((line: string) => line.split(';')[0]);
}

async function sessionApi(service: Service): Promise<void> {
  const ask = async (sent: Sent, expected = 200) => {
    const method = sent.method ?? 'GET';
    const headers = { ...SAME_ORIGIN, ...sent.headers };
    const answer = await service.invoke('session', `${method} ${sent.path}`, event({ ...sent, headers }));
    if (answer.statusCode !== expected) throw new Error(`${method} ${sent.path}: ${JSON.stringify(answer)}`);
  };
  const post = async (path: string, who: Session, body: object = {}, expected = 200) => {
    const content = { sessionId: who.sessionId, ...body };
    await ask({ method: 'POST', path, body: content, cookies: [who.cookie] }, expected);
  };

  const live = await begin(service, { minutesAgo: 5 });
  await ask({ path: '/api/session', cookies: [live.cookie] });
  await post('/api/session/touch', live);
  await post('/api/session/touch', live, { idleForMs: 60 * MINUTE });
  await post('/api/session/close', live, { at: 1 }, 202);
  await post('/api/session/open', live, { at: 2 });
  await post('/api/session/touch', live, { at: 3, idleForMs: 60 * MINUTE });
  await post('/api/session/draft-key', live);
  await ask({ path: '/api/sessions', cookies: [live.cookie] });
  for (const path of ['/api/session/touch', '/api/session/close', '/api/session/open']) {
    await post(path, await begin(service, { minutesAgo: 60 }), {}, 401);
  }
  await ask({ path: '/api/session', cookies: [(await begin(service, { minutesAgo: 60 })).cookie] }, 401);
  await post('/api/session/sign-out', live);

  await runs(service, ask);
  const [mine, first] = [await begin(service), await begin(service), await begin(service)];
  await post('/api/sessions/revoke', mine, { target: first.sessionId });
  await post('/api/sessions/revoke', mine, { target: 'others' });
  await post('/api/sessions/revoke', mine, { target: 'all' });
}

type Session = Awaited<ReturnType<typeof begin>>;

/** A session that is bound to a run of its browser, confirmed, and ended by another run. */
async function runs(service: Service, ask: (sent: Sent) => Promise<void>): Promise<void> {
  const { cookie } = await begin(service);
  const run = (letter: string) => ({
    authorization: `Basic ${Buffer.from(`run:${letter.repeat(43)}`).toString('base64')}`,
  });
  await ask({ path: '/api/mark', cookies: [cookie], headers: run('a') });
  await ask({ path: '/api/run/check', cookies: [cookie], headers: run('a') });
  await ask({ path: '/api/run/check', cookies: [cookie], headers: run('b') });
}

/** What a guard does to sessions, in a handler or as an authorizer. */
async function guard(service: Service, name: string): Promise<void> {
  const { invoke, recorder, store } = service;
  const active = { 'curfew-idle-for': '0' };
  const ask = async (doing: string, { cookie }: Session, headers: Record<string, string> = {}) => {
    await invoke(name, doing, event({ path: '/items', cookies: [cookie], headers }));
  };
  await ask('a request', await begin(service));
  await ask('an activity', await begin(service, { minutesAgo: 5 }), active);
  await ask('a session that has expired', await begin(service, { minutesAgo: 60 }));

  const closing = await begin(service);
  const { sessionId, secretHash } = closing;
  const grace = { sessionId, secretHash, now: Date.now(), graceMs: MINUTE };
  await store.startCloseGrace(grace);
  await ask('an activity while the close grace runs', closing, { 'curfew-idle-for': String(60 * MINUTE) });

  const raced = await begin(service, { minutesAgo: 5 });
  recorder.before = async ({ target }) => {
    if (!target.endsWith('UpdateItem')) return;
    recorder.before = async () => undefined;
    const now = Date.now();
    const { sessionId, secretHash } = raced;
    await store.touch({ sessionId, secretHash, now, activityAt: now, activeUntil: now + MINUTE });
  };
  await ask('an activity that another one overtakes', raced, active);
}

async function sweep(service: Service): Promise<void> {
  const { invoke, store } = service;
  await forgetShards(service);
  await begin(service, { minutesAgo: 60 });
  const { sessionId, secretHash } = await begin(service, { minutesAgo: 20 });
  const at = Date.now() - 10 * MINUTE;
  await store.touch({ sessionId, secretHash, now: at, activityAt: at, activeUntil: at });
  await invoke('sweep', 'a tick of the schedule', {});
}

async function publish(service: Service): Promise<void> {
  const { invoke, store } = service;
  const started = streamRecord({ after: newSession({ subject: 'frank' }) });
  await invoke('publish', 'a session began', { Records: [started] });
  const { session, subject } = await begin(service, { subject: 'eve' });
  await store.raiseNotBefore(subject, { at: session.createdAt, endedBy: { type: 'admin' } });
  const missed = streamRecord({ after: session });
  await invoke('publish', "a session that the end of all of a user's missed", { Records: [missed] });
  const { subject: _, ...NewImage } = started.dynamodb!.NewImage!;
  const unusable = { ...started, dynamodb: { ...started.dynamodb, NewImage } };
  await invoke('publish', 'a record that makes no sense', { Records: [unusable] });
}

async function admin(service: Service): Promise<void> {
  const ask = async (doing: string, request: object) => {
    const answer = await service.invoke('admin', doing, { actor: 'ops', ...request });
    if ('problem' in answer) throw new Error(`${doing}: ${JSON.stringify(answer)}`);
  };
  const { sessionId, subject } = await begin(service, { subject: 'grace' });
  await begin(service, { subject });
  await ask('tighten', { action: 'tighten', idleTimeoutMs: 10 * MINUTE });
  await ask('list', { action: 'list', subject });
  await ask('revoke one', { action: 'revoke', sessionId });
  await ask("revoke a user's", { action: 'revoke', subject });
  await ask('erase', { action: 'erase', subject });
  await begin(service, { subject });
  await forgetShards(service);
  await ask('revoke all', { action: 'revoke', all: true });
}
