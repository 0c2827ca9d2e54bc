import { BASE_PATH, DEFAULT_SERVICE } from '../core/contract.ts';
import { deadline, evaluate, expiresAt, type Session } from '../core/lifecycle.ts';
import type { PolicyInput } from '../core/policy.ts';
import { announcing, type CurfewEvent } from '../functions/server/announce.ts';
import { type Curfew, createCurfew } from '../functions/server/curfew.ts';
import { type CurfewOptions, policyOf } from '../functions/server/options.ts';
import { createMemoryStore, type MemoryRow } from '../functions/store/memory.ts';
import type { Store } from '../functions/store/store.ts';
import { type KeptSessions, keepSessions } from './kept-sessions.ts';
import { type DevIo, type DevOptions, type DevUser, usualFile } from './options.ts';
import type { DevEvent, DevRequest, DevSession, DevState, ProviderMode, ServerMode } from './protocol.ts';
import { byPolicy, later } from './sessions.ts';

/** Is told what a stream of the panel tells. */
export interface Listener {
  /** Something has changed of {@link World.state}. */
  state(): void;
  event(event: DevEvent): void;
  request(request: DevRequest): void;
}

/** Everything that a development server knows, and what it lets happen. */
export interface World {
  readonly basePath: string;
  readonly io: DevIo;
  /** The server's clock, epoch ms. */
  readonly now: () => number;
  readonly hasProvider: boolean;
  /** What is broken on purpose. */
  readonly faults: { server: ServerMode; provider: ProviderMode };
  /** Curfew for pages of an origin. They share their sessions. */
  curfewFor(origin: string): Curfew;
  /**
   * Curfew for a sign-in at a real provider, whose clock is not ours: by one that is ahead, everybody would have been authenticated
   * before they were asked to. The session begins by the server's clock.
   */
  providerCurfewFor(origin: string): Curfew;
  /** The row of a session, as it is now. */
  row(sessionId: string): MemoryRow | undefined;
  readonly sessionCount: number;
  /** Replaces a row. */
  put(row: MemoryRow): void;
  /** @param current the session of the browser that asks */
  state(current: string | undefined): DevState;
  /** Whom a name stands for. */
  user(name: string): DevUser;
  /** @throws SessionError `ERR_POLICY_INVALID` */
  changePolicy(change: PolicyInput): void;
  /** So much time passes, ms. */
  advance(ms: number): void;
  changeFaults(change: Partial<World['faults']>): void;
  /** Tells every listener of a request. */
  report(request: DevRequest): void;
  /** @returns stops listening */
  listen(listener: Listener): () => void;
  /** Ends what has expired. */
  sweep(): Promise<unknown>;
  /** Says something once, however often it is the case. */
  sayOnce(text: string): void;
  /** Writes what is not written yet. */
  flush(): void;
}

/** How often sessions that have expired are ended, ms. */
const SWEEP_EVERY_MS = 1_000;
/** Names that the panel offers. */
const MAX_USERS = 20;
/** Origins that are remembered: one for each name and port that a page was opened at. */
const MAX_ORIGINS = 20;

/** @throws Error naming an option; SessionError `ERR_POLICY_INVALID` */
export function createWorld(options: DevOptions, io: DevIo): World {
  const { preset, identity, maxSessions, basePath = BASE_PATH, file = usualFile() } = options;
  const users = (options.users ?? ['alice', 'bob']).map(toUser);
  const listeners = new Set<Listener>();
  const faults: World['faults'] = { server: 'up', provider: 'up' };
  const said = new Set<string>();
  const curfews = new Map<string, Curfew>();
  let input: PolicyInput = options.policy ?? {};
  let policy = policyOf({ preset, policy: input });

  const changed = () => {
    for (const listener of listeners) listener.state();
  };
  const kept: KeptSessions = keepSessions(file, io, changed);
  const { rows } = kept.tables;
  const store = createMemoryStore({}, kept.tables);
  const now = () => io.now() + kept.aheadMs;

  const tell = async (event: CurfewEvent) => {
    for (const listener of listeners) listener.event(event);
  };
  const create = (siteUrl: string, by: Pick<CurfewOptions, 'store' | 'now' | 'onEvent'>): Curfew =>
    createCurfew({
      ...by,
      siteUrl,
      preset,
      policy: input,
      identity,
      maxSessions,
      basePath,
      secret: kept.secret,
    });
  const remembered = (key: string, make: () => Curfew): Curfew => {
    const known = curfews.get(key);
    if (known) return known;
    if (curfews.size >= MAX_ORIGINS) curfews.clear();
    const made = make();
    curfews.set(key, made);
    return made;
  };
  const curfewFor = (origin: string) =>
    remembered(origin, () => create(origin, { store, now, onEvent: tell }));
  // What it tells of is as the server's clock has it, so that the store tells of it.
  const told = announcing(store, DEFAULT_SERVICE, tell);
  const byProviderClock: Store = {
    ...told,
    within() {
      return this;
    },
    create: (session, hash) => told.create(later(session, kept.aheadMs), hash),
    async end(write) {
      // What has expired by the server's clock ends for that reason, which the other clock does not show.
      await own.sweep();
      return told.end({ ...write, now: write.now + kept.aheadMs });
    },
    async notBefore(subject) {
      const notBefore = await store.notBefore(subject);
      return notBefore && { ...notBefore, at: notBefore.at - kept.aheadMs };
    },
  };
  const providerCurfewFor = (origin: string) =>
    remembered(`provider ${origin}`, () => create(origin, { store: byProviderClock, now: io.now }));
  // Options that are wrong are told now, and not by the first request.
  const own = curfewFor('http://localhost');

  const world: World = {
    basePath,
    io,
    now,
    faults,
    curfewFor,
    providerCurfewFor,
    hasProvider: identity !== undefined,
    row: (sessionId) => rows.get(sessionId),
    get sessionCount() {
      return rows.size;
    },
    put: (row) => void rows.set(row.session.sessionId, row),
    state: (current) => ({
      now: now(),
      basePath,
      policy,
      sessions: [...rows.values()]
        .map(({ session }) => shown(session, now(), current))
        .sort((a, b) => b.createdAt - a.createdAt),
      faults: { ...faults },
      users: [
        ...new Set([
          ...users.map(nameOf),
          ...[...rows.values()].map(({ session }) => nameOf(sessionUser(session))),
        ]),
      ].slice(0, MAX_USERS),
    }),
    user: (name) =>
      [...users, ...[...rows.values()].map(({ session }) => sessionUser(session))].find(
        (user) => nameOf(user) === name || user.subject === name,
      ) ?? toUser(name),
    changePolicy(change) {
      // A minute is long to wait for on one's own machine.
      const next = { ...input, ...change, allowShortWarning: true, allowShortAbsoluteTimeout: true };
      policy = policyOf({ preset, policy: next });
      input = next;
      curfews.clear();
      for (const row of [...rows.values()]) world.put(byPolicy(row, policy));
      changed();
    },
    advance: kept.advance,
    changeFaults(change) {
      Object.assign(faults, change);
      changed();
    },
    report(request) {
      for (const listener of listeners) listener.request(request);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    sweep: () => own.sweep(),
    sayOnce(text) {
      if (said.has(text)) return;
      said.add(text);
      io.say(text);
    },
    flush: kept.flush,
  };
  return world;
}

/** Ends what expires, from now on. It keeps no process running. @returns ends that, and writes what is not written yet */
export function keepSweeping(world: World): () => void {
  const timer = setInterval(() => void world.sweep(), SWEEP_EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    world.flush();
  };
}

function toUser(user: string | DevUser): DevUser {
  return typeof user === 'string' ? { subject: user, name: user } : user;
}

function nameOf({ name, subject }: DevUser): string {
  return name ?? subject;
}

function sessionUser({ subject, user }: Session): DevUser {
  return { ...user, subject };
}

function shown(session: Session, now: number, current: string | undefined): DevSession {
  const { sessionId, subject, user, createdAt, lastActivityAt, idleExpiresAt, absoluteExpiresAt, closesAt } =
    session;
  const { idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs, absoluteWarnBeforeMs } = session;
  const evaluation = evaluate(session, now);
  return {
    sessionId,
    subject,
    ...(user.name !== undefined && { name: user.name }),
    current: sessionId === current,
    state: evaluation.state,
    ...(evaluation.state !== 'live' && { reason: evaluation.reason }),
    ...(evaluation.state === 'ended' && { endedAt: evaluation.endedAt }),
    ...{ createdAt, lastActivityAt, idleExpiresAt, absoluteExpiresAt, expiresAt: expiresAt(session) },
    closesAt: closesAt !== null && deadline(session).at === closesAt ? closesAt : null,
    ...{ idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs, absoluteWarnBeforeMs },
  };
}
