import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { SessionError } from '../../core/errors.ts';
import { type Session, verdict } from '../../core/lifecycle.ts';
import { answered, conditional, type Refusal } from './client.ts';
import {
  cancelClosingUpdate,
  endUpdate,
  markRunUpdate,
  proveRunUpdate,
  rearmUpdate,
  startClosingUpdate,
  touchUpdate,
} from './expressions.ts';
import { keyOf, type SessionItem, toItem, toSession, toStored } from './item.ts';
import { createQueries } from './queries.ts';
import { sameHash } from './secret.ts';
import { createSignIns } from './signins.ts';
import type {
  EndWrite,
  EndWriteResult,
  LeaseWriteResult,
  OpenWrite,
  SessionStore,
  SignInStore,
  StoredSession,
  StoreOptions,
  TouchWrite,
  TouchWriteResult,
} from './store.ts';

export interface DynamoStoreOptions extends StoreOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /**
   * `returned`: a refused conditional write brings the item that stood in its way. `read`: the engine does not
   * do that (dynalite), so one strongly consistent read follows a refusal. @default 'returned'
   */
  readonly oldItemOnRefusal?: 'returned' | 'read' | undefined;
}

/** Sessions in DynamoDB: see {@link SessionStore} for what each method promises. */
export function createDynamoStore(options: DynamoStoreOptions): SessionStore & SignInStore {
  const { client, tableName: TableName, retentionMs, oldItemOnRefusal = 'returned' } = options;

  async function get(sessionId: string): Promise<SessionItem | undefined> {
    const command = new GetItemCommand({ TableName, Key: keyOf(sessionId), ConsistentRead: true });
    return (await answered(client.send(command))).Item;
  }
  async function oldItemOf(refused: Refusal, sessionId: string): Promise<SessionItem | undefined> {
    return refused.oldItem ?? (oldItemOnRefusal === 'read' ? await get(sessionId) : undefined);
  }
  async function write(sessionId: string, update: ReturnType<typeof touchUpdate>): Promise<Written> {
    const result = await conditional(client.send(new UpdateItemCommand({ TableName, ...update })));
    if ('done' in result) return { written: toSession(result.done.Attributes!) };
    return { refusedBy: await oldItemOf(result.refused, sessionId), retried: result.refused.retried };
  }

  async function writeRun(
    { sessionId, secretHash }: OpenWrite,
    update: ReturnType<typeof markRunUpdate>,
  ): Promise<StoredSession | undefined> {
    const result = await conditional(client.send(new UpdateItemCommand({ TableName, ...update })));
    const item = 'done' in result ? result.done.Attributes : await oldItemOf(result.refused, sessionId);
    const stored = item && toStored(item);
    return stored && sameHash(stored.secretHash, secretHash) ? stored : undefined;
  }

  return {
    async create(session, secretHash) {
      const Item = toItem({ session, secretHash }, options);
      const put = new PutItemCommand({
        TableName,
        Item,
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      const result = await conditional(client.send(put));
      if ('done' in result) return;
      const old = await oldItemOf(result.refused, session.sessionId);
      // Our own write, its reply lost: 384 random bits are the same.
      if (old && sameHash(toStored(old).secretHash, secretHash)) return;
      throw new SessionError('ERR_INTERNAL', { detail: 'the session id is taken' });
    },

    async read(sessionId) {
      const item = await get(sessionId);
      return item && toStored(item);
    },

    async touch(request) {
      return touchResult(request, await write(request.sessionId, touchUpdate(request)));
    },

    async end(request) {
      return endResult(request, await write(request.sessionId, endUpdate(request, retentionMs)));
    },

    async startClosing(request) {
      return leaseResult(request, await write(request.sessionId, startClosingUpdate(request)));
    },

    async cancelClosing(request) {
      return leaseResult(request, await write(request.sessionId, cancelClosingUpdate(request)));
    },

    async markRun(request) {
      return writeRun(request, markRunUpdate(request));
    },

    async proveRun(request) {
      return writeRun(request, proveRunUpdate(request));
    },

    async rearm(sessionId, seenDueAt, newDueAt) {
      const update = rearmUpdate(sessionId, seenDueAt, newDueAt);
      const command = new UpdateItemCommand({
        TableName,
        ...update,
        ReturnValues: 'NONE',
        ReturnValuesOnConditionCheckFailure: 'NONE',
      });
      return 'done' in (await conditional(client.send(command)));
    },

    ...createQueries(client, TableName, options),
    ...createSignIns(client, TableName),
  };
}

/** What became of a conditional write: the session as it is now, or the row that refused it. */
type Written =
  | { readonly written: Session }
  | { readonly refusedBy: SessionItem | undefined; readonly retried: boolean };

/** The session of a refusing row, for who may know of it. */
function ownedBy(item: SessionItem | undefined, secretHash: Uint8Array | undefined): Session | undefined {
  if (!item) return undefined;
  const stored = toStored(item);
  return !secretHash || sameHash(stored.secretHash, secretHash) ? stored.session : undefined;
}

function touchResult({ secretHash, now }: TouchWrite, result: Written): TouchWriteResult {
  if ('written' in result) return { outcome: 'touched', session: result.written };
  return explained(ownedBy(result.refusedBy, secretHash), now);
}

function leaseResult({ secretHash, now }: OpenWrite, result: Written): LeaseWriteResult {
  if ('written' in result) return { outcome: 'written', session: result.written };
  return explained(ownedBy(result.refusedBy, secretHash), now);
}

function endResult({ reason, now, secretHash, expected }: EndWrite, result: Written): EndWriteResult {
  if ('written' in result) return { outcome: 'ended', session: result.written };
  const session = ownedBy(result.refusedBy, secretHash);
  if (!session) return { outcome: 'unknown' };
  if (session.state === 'ended') {
    const ours = result.retried && session.endReason === reason && session.endedAt === now;
    return { outcome: ours ? 'ended' : 'already-ended', session };
  }
  return { outcome: expected ? 'changed' : 'over', session };
}

/** Why a write to a session was refused, judged by the core from the row that stood in its way. */
function explained(session: Session | undefined, now: number) {
  if (!session) return { outcome: 'unknown' } as const;
  const { state } = verdict(session, now);
  return { outcome: state === 'live' ? ('unchanged' as const) : state, session };
}
