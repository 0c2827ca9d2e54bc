import { SessionError } from '../../core/errors.ts';
import { deadline, end, markRun, type Session, startClosing, touch, verdict } from '../../core/lifecycle.ts';
import { sameHash } from './secret.ts';
import { dueShardOf } from './shard.ts';
import type {
  DueEntry,
  DueRequest,
  RunMark,
  SessionStore,
  SignIn,
  SignInStore,
  StoredSession,
  StoreOptions,
} from './store.ts';

interface Row extends StoredSession {
  readonly shard: number;
  /** Null once ended. */
  readonly dueAt: number | null;
}

/**
 * The in-memory twin of the store: the core's rules and a Map, held to the same contract as DynamoDB. For
 * tests; it forgets everything and expires nothing.
 */
export function createMemoryStore(options: Partial<StoreOptions> = {}): SessionStore & SignInStore {
  const shards = options.dueShards ?? 1;
  const rows = new Map<string, Row>();
  const signIns = new Map<string, SignIn>();

  const write = (row: Row, session: Session, dueAt = row.dueAt): Session => {
    rows.set(session.sessionId, { ...row, session, dueAt: session.state === 'active' ? dueAt : null });
    return session;
  };
  const owned = (request: { sessionId: string; secretHash?: Uint8Array | undefined }): Row | undefined => {
    const row = rows.get(request.sessionId);
    return row && (!request.secretHash || sameHash(row.secretHash, request.secretHash)) ? row : undefined;
  };
  const all = () => [...rows.values()];
  const mark = (row: Row, run: RunMark, session = row.session) => {
    const marked = { ...row, run, session };
    rows.set(session.sessionId, marked);
    return stored(marked);
  };

  return {
    async create(session, secretHash) {
      const row = rows.get(session.sessionId);
      if (row && sameHash(row.secretHash, secretHash)) return;
      if (row) throw new SessionError('ERR_INTERNAL', { detail: 'the session id is taken' });
      const shard = dueShardOf(session.sessionId, shards);
      rows.set(session.sessionId, {
        session,
        secretHash: Uint8Array.from(secretHash),
        shard,
        dueAt: deadline(session).at,
      });
    },

    async read(sessionId) {
      const row = rows.get(sessionId);
      return row && stored(row);
    },

    async touch(request) {
      const row = owned(request);
      if (!row) return { outcome: 'unknown' };
      const { now, activityAt, activeUntil } = request;
      const touched = touch(row.session, { now, activityAt, slackMs: activeUntil - activityAt });
      if (touched.outcome === 'refused') return { outcome: touched.verdict.state, session: row.session };
      if (touched.outcome === 'touched') write(row, touched.session);
      return touched;
    },

    async end(request) {
      const row = owned(request);
      if (!row) return { outcome: 'unknown' };
      const { session } = row;
      const { reason, now, expected } = request;
      if (session.state === 'ended') return { outcome: 'already-ended', session };
      if (expected && !sameDeadlines(session, expected)) return { outcome: 'changed', session };
      if (!expected && verdict(session, now).state === 'over') return { outcome: 'over', session };
      return { outcome: 'ended', session: write(row, end(session, reason, now)) };
    },

    async startClosing(request) {
      const row = owned(request);
      if (!row) return { outcome: 'unknown' };
      const judged = verdict(row.session, request.now);
      if (judged.state !== 'live') return { outcome: judged.state, session: row.session };
      const closing = startClosing(row.session, request.now, request.leaseMs);
      if (!closing) return { outcome: 'unchanged', session: row.session };
      return { outcome: 'written', session: write(row, closing, closing.closesAt) };
    },

    async cancelClosing(request) {
      const row = owned(request);
      if (!row) return { outcome: 'unknown' };
      const judged = verdict(row.session, request.now);
      if (judged.state !== 'live') return { outcome: judged.state, session: row.session };
      if (row.session.closesAt === null) return { outcome: 'unchanged', session: row.session };
      return { outcome: 'written', session: write(row, { ...row.session, closesAt: null }) };
    },

    async markRun(request) {
      const row = owned(request);
      if (!row || row.run || verdict(row.session, request.now).state !== 'live') return row && stored(row);
      return mark(row, { hash: Uint8Array.from(request.runHash), proven: false });
    },

    async proveRun(request) {
      const row = owned(request);
      if (!row?.run || verdict(row.session, request.now).state !== 'live') return row && stored(row);
      if (!sameHash(row.run.hash, request.runHash)) return stored(row);
      return mark(row, { ...row.run, proven: true }, row.run.proven ? row.session : markRun(row.session));
    },

    async listBySubject(subject) {
      return all()
        .map((row) => row.session)
        .filter((session) => session.subject === subject)
        .sort((a, b) => b.createdAt - a.createdAt);
    },

    async readMany(sessionIds) {
      return [...new Set(sessionIds)].flatMap((sessionId) => rows.get(sessionId)?.session ?? []);
    },

    async due({ shard, until, limit, after }: DueRequest) {
      const entries = all()
        .filter((row): row is Row & { dueAt: number } => row.shard === shard && row.dueAt !== null)
        .map((row): DueEntry => ({ sessionId: row.session.sessionId, dueAt: row.dueAt }))
        .filter((entry) => entry.dueAt <= until)
        .sort(inOrder)
        .filter((entry) => !after || inOrder(entry, after) > 0);
      const page = entries.slice(0, limit);
      return { entries: page, next: entries.length > limit ? page.at(-1) : undefined };
    },

    async countDue(shard) {
      return all().filter((row) => row.shard === shard && row.dueAt !== null).length;
    },

    async rearm(sessionId, seenDueAt, newDueAt) {
      const row = rows.get(sessionId);
      if (!row || row.dueAt !== seenDueAt) return false;
      write(row, row.session, newDueAt);
      return true;
    },

    async dueShards() {
      return shards;
    },

    async put(signIn) {
      signIns.set(signIn.state, signIn);
    },

    async take(state) {
      const signIn = signIns.get(state);
      signIns.delete(state);
      return signIn;
    },
  };
}

function stored({ session, secretHash, run }: Row): StoredSession {
  return { session, secretHash, ...(run && { run }) };
}

function sameDeadlines(
  session: Session,
  expected: Pick<Session, 'idleExpiresAt' | 'absoluteExpiresAt' | 'closesAt'>,
): boolean {
  return (
    session.idleExpiresAt === expected.idleExpiresAt &&
    session.absoluteExpiresAt === expected.absoluteExpiresAt &&
    session.closesAt === expected.closesAt
  );
}

/** By time, then by id, so that a page can be continued after any entry. */
function inOrder(a: DueEntry, b: DueEntry): number {
  return a.dueAt - b.dueAt || (a.sessionId < b.sessionId ? -1 : Number(a.sessionId > b.sessionId));
}
