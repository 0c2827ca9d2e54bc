import { USUAL_RETENTION_MS } from '../../core/contract.ts';
import { SessionError } from '../../core/errors.ts';
import {
  type ActiveState,
  cancelCloseGrace,
  confirmBinding,
  deadline,
  dueAfterTightening,
  end,
  evaluate,
  type Session,
  startCloseGrace,
  touch,
} from '../../core/lifecycle.ts';
import type { BindingWrite } from './binding-store.ts';
import type { DueEntry, DueRequest } from './due-index.ts';
import { dueShardOf } from './due-shard.ts';
import { sameHash } from './hash.ts';
import { lacksMark } from './mark-rule.ts';
import type { CloseGraceResult, StoreOptions, SubjectEntry } from './session-store.ts';
import type { Store } from './store.ts';
import type { Binding, OwnedWrite, StoredSession } from './stored-session.ts';
import type { NotBefore } from './subject-store.ts';

/** A session as the memory has it. */
export interface MemoryRow extends StoredSession {
  readonly shard: number;
  /** Null once ended. */
  readonly dueAt: number | null;
}

/** All that a store in memory knows: whoever hands it in can read it, keep it and change it. */
export interface MemoryTables {
  /** By session id. */
  readonly rows: Map<string, MemoryRow>;
  /** The attempt that finished a sign-in, by its state. */
  readonly finished: Map<string, { readonly attempt: string; readonly startedAt: number }>;
  /** By subject. */
  readonly revocations: Map<string, NotBefore>;
}

/** {@link StoreOptions} of which each has a default. */
type MemoryStoreOptions = {
  readonly [Name in keyof StoreOptions]?: StoreOptions[Name] | undefined;
};

/**
 * The in-memory twin of the store: the core's rules and a Map, held to the same contract as DynamoDB. For
 * tests, and for a server of one process that may forget everything when it stops.
 */
export function createMemoryStore(
  options: MemoryStoreOptions = {},
  { rows, finished, revocations }: MemoryTables = {
    rows: new Map(),
    finished: new Map(),
    revocations: new Map(),
  },
): Store {
  const { dueShards: shards = 1, retentionMs = USUAL_RETENTION_MS } = options;

  const put = (row: MemoryRow): MemoryRow => {
    const kept = row.session.state === 'active' ? row : { ...row, dueAt: null };
    rows.set(row.session.sessionId, kept);
    return kept;
  };
  const owned = (write: {
    sessionId: string;
    secretHash?: Uint8Array | undefined;
  }): MemoryRow | undefined => {
    const row = rows.get(write.sessionId);
    return row && (!write.secretHash || sameHash(row.secretHash, write.secretHash)) ? row : undefined;
  };
  const all = () => [...rows.values()];

  const removeOld = (now: number): void => {
    for (const { session } of rows.values()) {
      const over = session.state === 'ended' ? session.endedAt : session.absoluteExpiresAt;
      if (over + retentionMs <= now) rows.delete(session.sessionId);
    }
    for (const [state, { startedAt }] of finished) if (startedAt + retentionMs <= now) finished.delete(state);
  };

  /** Writes a close grace to a live session; null: there is nothing to change. */
  const writeGrace = (
    write: OwnedWrite,
    change: (session: Session & ActiveState) => Session | null,
  ): CloseGraceResult => {
    const row = owned(write);
    if (!row) return { outcome: 'unknown' };
    const evaluation = evaluate(row.session, write.now);
    if (evaluation.state !== 'live') return { outcome: evaluation.state, session: row.session };
    const session = change(evaluation.session);
    if (!session) return { outcome: 'unchanged', session: row.session };
    return {
      outcome: 'written',
      session: put({ ...row, session, dueAt: session.closesAt ?? row.dueAt }).session,
    };
  };

  /** Writes a binding to a live session; null: there is nothing to change. */
  const writeBinding = (
    write: BindingWrite,
    change: (row: MemoryRow, session: Session & ActiveState) => MemoryRow | null,
  ): StoredSession | undefined => {
    const row = owned(write);
    if (!row) return undefined;
    const evaluation = evaluate(row.session, write.now);
    const changed = evaluation.state === 'live' ? change(row, evaluation.session) : null;
    return stored(changed ? put(changed) : row);
  };

  return {
    removeOld,

    // Nothing here takes time.
    within() {
      return this;
    },

    async create(session, secretHash) {
      const row = rows.get(session.sessionId);
      if (row && sameHash(row.secretHash, secretHash)) return;
      if (row) throw new SessionError('ERR_INTERNAL', { detail: 'the session id is taken' });
      const shard = dueShardOf(session.sessionId, shards);
      put({ session, secretHash: Uint8Array.from(secretHash), shard, dueAt: deadline(session).at });
    },

    async read(sessionId) {
      const row = rows.get(sessionId);
      return row && stored(row);
    },

    async readMany(sessionIds) {
      const sessions = [...new Set(sessionIds)].flatMap((sessionId) => rows.get(sessionId)?.session ?? []);
      return { sessions, unreadable: [] };
    },

    async listBySubject(subject, { limit = 100, after } = {}) {
      const sessions = all()
        .map((row) => row.session)
        .filter((session) => session.subject === subject)
        .sort(newestFirst)
        .filter((session) => !after || newestFirst(session, after) > 0);
      const page = sessions.slice(0, limit);
      return { sessions: page, unreadable: [], next: sessions.length > limit ? page.at(-1) : undefined };
    },

    async touch(write) {
      const row = owned(write);
      if (!row) return { outcome: 'unknown' };
      const { activityAt, activeUntil, seen } = write;
      const touched = touch(row.session, { ...write, slackMs: activeUntil - activityAt });
      if (touched.outcome === 'rejected') return { outcome: touched.evaluation.state, session: row.session };
      if (!seen && lacksMark(row.binding, write.runHash)) return { outcome: 'unconfirmed' };
      if (seen && !sameActivity(row.session, seen)) return { outcome: 'unchanged', session: row.session };
      if (touched.outcome === 'touched') put({ ...row, session: touched.session });
      return touched;
    },

    async end(write) {
      const row = owned(write);
      if (!row) return { outcome: 'unknown' };
      const { session } = row;
      const { reason, now, endedBy, seen } = write;
      if (session.state === 'ended') return { outcome: 'already-ended', session };
      if (seen && !sameDeadlines(session, seen)) return { outcome: 'changed', session };
      if (!seen && evaluate(session, now).state === 'expired') return { outcome: 'expired', session };
      return {
        outcome: 'ended',
        session: put({ ...row, session: end(session, reason, now, endedBy) }).session,
      };
    },

    async startCloseGrace(write) {
      return writeGrace(write, (session) => startCloseGrace(session, write));
    },

    async cancelCloseGrace(write) {
      return writeGrace(write, (session) => cancelCloseGrace(session, write.at));
    },

    async bind(write) {
      const { scope } = write;
      const binding: Binding = { runHash: Uint8Array.from(write.runHash), confirmed: false, scope };
      return writeBinding(write, (row) => (row.binding ? null : { ...row, binding }));
    },

    async confirmBinding(write) {
      return writeBinding(write, (row, session) => {
        const { binding } = row;
        if (!binding || binding.confirmed || !sameHash(binding.runHash, write.runHash)) return null;
        return { ...row, session: confirmBinding(session), binding: { ...binding, confirmed: true } };
      });
    },

    async due({ shard, until, limit, after }: DueRequest) {
      const entries = all()
        .filter((row): row is MemoryRow & { dueAt: number } => row.shard === shard && row.dueAt !== null)
        .map((row): DueEntry => ({ sessionId: row.session.sessionId, dueAt: row.dueAt }))
        .filter((entry) => entry.dueAt <= until)
        .sort(inOrder)
        .filter((entry) => !after || inOrder(entry, after) > 0);
      const page = entries.slice(0, limit);
      return { entries: page, next: entries.length > limit ? page.at(-1) : undefined };
    },

    async countDue(shard) {
      return {
        count: all().filter((row) => row.shard === shard && row.dueAt !== null).length,
        next: undefined,
      };
    },

    async rearm(sessionId, seenDueAt, newDueAt) {
      const row = rows.get(sessionId);
      if (!row || row.dueAt !== seenDueAt) return false;
      put({ ...row, dueAt: newDueAt });
      return true;
    },

    async tighten({ seen, seenDueAt, tightened }) {
      const row = rows.get(seen.sessionId);
      if (
        !row ||
        row.dueAt !== seenDueAt ||
        !sameDeadlines(row.session, seen) ||
        !sameLimits(row.session, seen)
      )
        return false;
      put({
        ...row,
        session: narrowed(row.session, tightened),
        dueAt: dueAfterTightening(seenDueAt, tightened),
      });
      return true;
    },

    async dueShards() {
      return shards;
    },

    async finishSignIn({ state, attempt, startedAt }) {
      if (!finished.has(state)) finished.set(state, { attempt, startedAt });
      return finished.get(state)?.attempt === attempt;
    },

    async notBefore(subject) {
      return revocations.get(subject);
    },

    async raiseNotBefore(subject, notBefore) {
      if ((revocations.get(subject)?.at ?? -1) < notBefore.at) revocations.set(subject, notBefore);
    },

    async eraseSession({ sessionId, subject, onlyEnded }) {
      const session = rows.get(sessionId)?.session;
      const isKept = session && (session.subject !== subject || (onlyEnded && session.state !== 'ended'));
      if (!isKept) rows.delete(sessionId);
      return !isKept;
    },

    async forget(subject, at) {
      if ((revocations.get(subject)?.at ?? 0) <= at) revocations.delete(subject);
    },
  };
}

function stored({ session, secretHash, binding }: MemoryRow): StoredSession {
  return { session, secretHash, ...(binding && { binding }) };
}

function sameActivity(session: Session, seen: Session): boolean {
  return session.activeUntil === seen.activeUntil && session.idleExpiresAt === seen.idleExpiresAt;
}

function sameLimits(session: Session, seen: Session): boolean {
  return session.idleTimeoutMs === seen.idleTimeoutMs && session.absoluteExpiresAt === seen.absoluteExpiresAt;
}

/** What of a session tightening writes. */
function narrowed(session: Session, tightened: Session): Session {
  const { boundIdleTimeoutMs, idleTimeoutMs, absoluteTimeoutMs, touchIntervalMs, warnBeforeMs } = tightened;
  const { absoluteWarnBeforeMs, idleExpiresAt, absoluteExpiresAt } = tightened;
  return {
    ...session,
    ...{ idleTimeoutMs, absoluteTimeoutMs, touchIntervalMs, warnBeforeMs, absoluteWarnBeforeMs },
    ...{ idleExpiresAt, absoluteExpiresAt },
    ...(boundIdleTimeoutMs !== undefined && { boundIdleTimeoutMs }),
  };
}

/** The absolute limit changes by tightening alone, which has a condition of its own. */
function sameDeadlines(session: Session, seen: Session): boolean {
  return session.idleExpiresAt === seen.idleExpiresAt && session.closesAt === seen.closesAt;
}

/** By age, then by id, so that a page can be continued after any session. */
function newestFirst(a: SubjectEntry, b: SubjectEntry): number {
  return b.createdAt - a.createdAt || (a.sessionId < b.sessionId ? 1 : -Number(a.sessionId > b.sessionId));
}

/** By time, then by id, so that a page can be continued after any entry. */
function inOrder(a: DueEntry, b: DueEntry): number {
  return a.dueAt - b.dueAt || (a.sessionId < b.sessionId ? -1 : Number(a.sessionId > b.sessionId));
}
