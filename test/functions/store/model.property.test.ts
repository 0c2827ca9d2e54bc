import { expect, test } from '@jest/globals';
import { END_REASONS } from '../../../core/contract.ts';
import { type Session, tighten } from '../../../core/lifecycle.ts';
import { endIfExpired } from '../../../functions/sessions/end.ts';
import { endIfRevoked } from '../../../functions/sessions/not-before.ts';
import { dueShardOf } from '../../../functions/store/due-shard.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import type { Store } from '../../../functions/store/store.ts';
import { connectDynamoDbLocal, createTable, noDynamoDbLocal, startDynalite } from '../../support/engines.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { hashOf, newSession, newSessionId, T0 } from '../../support/sessions.ts';

/**
 * The in-memory twin is the model: whatever is done to both, in whatever order and at whatever times, they
 * answer the same, and the rows are the same in the end.
 */
const OPTIONS = { retentionMs: 1_000, dueShards: 2 };
const IDLE = 100;
const ABSOLUTE = 300;
const SECRETS = [hashOf('right'), hashOf('wrong')] as const;

/** Times are near the deadlines, so that they are hit, missed by one, and passed. */
const time = fc.oneof(
  fc.integer({ min: 0, max: ABSOLUTE + 30 }),
  fc.constantFrom(IDLE - 1, IDLE, IDLE + 1, ABSOLUTE - 1, ABSOLUTE, 29, 30, 31),
);
const operation = fc.record({
  kind: fc.constantFrom(
    'touch',
    'touch',
    'guard',
    'seen',
    'seen',
    'lift',
    'end',
    'expire',
    'close',
    'open',
    'rearm',
    'tighten',
    'create',
    'revoke all',
    'revoked?',
    'erase',
    'forget',
  ),
  at: time,
  age: fc.integer({ min: 0, max: IDLE }),
  which: fc.integer({ min: 0, max: 1 }),
  secret: fc.constantFrom(0, 0, 0, 0, 1),
  reason: fc.constantFrom(...END_REASONS),
  device: fc.constantFrom(undefined, undefined, 1, 2, 3, 700_000),
});
type Operation = {
  kind: string;
  at: number;
  age: number;
  which: number;
  secret: number;
  reason: (typeof END_REASONS)[number];
  /** The page's own time. */
  device: number | undefined;
};

async function perform(store: Store, session: Session, operation: Operation): Promise<unknown> {
  const { sessionId } = session;
  const secretHash = SECRETS[operation.secret]!;
  const now = T0 + operation.at;
  const activityAt = now - operation.age;
  switch (operation.kind) {
    case 'touch':
      return store.touch({
        sessionId,
        secretHash,
        now,
        activityAt,
        activeUntil: activityAt,
        at: operation.device,
      });
    case 'guard':
      return store.touch({ sessionId, secretHash, now, activityAt, activeUntil: activityAt + 20 });
    // As the guard does: the secret is compared, and a touch may have come between.
    case 'seen':
    case 'lift': {
      const found = await store.read(sessionId);
      if (!found) return 'nothing seen';
      const { activeUntil, idleExpiresAt } = operation.secret ? session : found.session;
      const seen = { ...found.session, activeUntil, idleExpiresAt };
      const owned = { sessionId, secretHash: found.secretHash, now, seen };
      if (operation.kind === 'lift') return store.cancelCloseGrace({ ...owned, seen: found.session });
      return store.touch({ ...owned, activityAt, activeUntil: activityAt + 20 });
    }
    case 'end':
      return store.end({
        sessionId,
        secretHash,
        now,
        reason: operation.reason,
        ...(operation.age % 2 === 1 && { endedBy: { type: 'admin', id: `admin ${operation.age}` } }),
      });
    case 'expire': {
      const found = await store.read(sessionId);
      return found && endIfExpired({ store, now }, found.session);
    }
    case 'close':
      return store.startCloseGrace({ sessionId, secretHash, now, graceMs: 30, at: operation.device });
    case 'open':
      return store.cancelCloseGrace({ sessionId, secretHash, now, at: operation.device });
    case 'revoke all':
      return store.raiseNotBefore(sessionId, { at: now, endedBy: { type: 'admin', id: `${operation.age}` } });
    case 'erase':
      return store.eraseSession({ sessionId, subject: session.subject, onlyEnded: operation.secret === 0 });
    case 'forget':
      return store.forget(sessionId, now);
    case 'revoked?':
      return endIfRevoked({ store, now }, { sessionId, subject: sessionId }, now - operation.age);
    case 'create':
      return store.create(session, secretHash).catch((error: { code: string }) => error.code);
    case 'tighten': {
      const found = await store.read(sessionId);
      // As an administrator does, who finds it in the index, and whom another change may overtake.
      const seen = operation.secret ? session : found?.session;
      const seenDueAt = await dueOf(store, sessionId);
      const tightened =
        seen && tighten(seen, { idleTimeoutMs: operation.age, absoluteTimeoutMs: operation.at });
      if (!tightened || seenDueAt === undefined) return 'nothing to tighten';
      return store.tighten({ seen, seenDueAt, tightened });
    }
    default: {
      const seen = await dueOf(store, sessionId);
      return store.rearm(sessionId, operation.secret ? now : (seen ?? now), now + IDLE);
    }
  }
}

/** When the index has the session due. Undefined: it is not in the index. */
async function dueOf(store: Store, sessionId: string): Promise<number | undefined> {
  const shard = dueShardOf(sessionId, OPTIONS.dueShards);
  const { entries } = await store.due({ shard, until: Number.MAX_SAFE_INTEGER, limit: 100 });
  return entries.find((due) => due.sessionId === sessionId)?.dueAt;
}

async function agree(dynamo: Store, histories: number): Promise<void> {
  const make = () =>
    newSession({ sessionId: newSessionId(), idleTimeoutMs: IDLE, absoluteTimeoutMs: ABSOLUTE });
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 25 }), async (operations) => {
      const memory = createMemoryStore(OPTIONS);
      const sessions = [make(), make()] as const;
      for (const store of [memory, dynamo]) await store.create(sessions[0], SECRETS[0]);
      for (const step of operations) {
        const session = sessions[step.which]!;
        expect(await perform(dynamo, session, step)).toEqual(await perform(memory, session, step));
      }
      for (const { sessionId } of sessions) {
        expect((await dynamo.read(sessionId))?.session).toEqual((await memory.read(sessionId))?.session);
        expect(await dueOf(dynamo, sessionId)).toBe(await dueOf(memory, sessionId));
        // Every run shares the table, and each look at its index would read the sessions of all runs before.
        await dynamo.end({ sessionId, reason: 'revoked', now: T0 });
      }
    }),
    runs(histories),
  );
}

test('the twin and dynalite agree on any history', async () => {
  const engine = await startDynalite();
  try {
    await agree((await createTable(engine, OPTIONS)).store, 75);
  } finally {
    await engine.stop();
  }
});

(noDynamoDbLocal ? test.skip : test)('the twin and DynamoDB Local agree on any history', async () => {
  const engine = await connectDynamoDbLocal();
  try {
    await agree((await createTable(engine, OPTIONS)).store, 30);
  } finally {
    await engine.stop();
  }
});
