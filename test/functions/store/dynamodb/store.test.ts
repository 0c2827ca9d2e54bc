import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { MARK_SCOPE } from '../../../../core/contract.ts';
import { end, type Session } from '../../../../core/lifecycle.ts';
import { createDynamoClient } from '../../../../functions/store/dynamodb/client.ts';
import { endedByItem, type SessionItem, toItem } from '../../../../functions/store/dynamodb/item.ts';
import { createDynamoStore, GUARDED_STORE } from '../../../../functions/store/dynamodb/store.ts';
import { hashOf, MINUTE, newSession, T0 } from '../../../support/sessions.ts';

const OPTIONS = { retentionMs: 60 * MINUTE, dueShards: 8 };
const RIGHT = hashOf('right');
const sent = mockClient(DynamoDBClient);
const client = new DynamoDBClient({ region: 'us-east-1' });
const store = createDynamoStore({ client, tableName: 'table', ...OPTIONS });
const reading = createDynamoStore({ client, tableName: 'table', ...OPTIONS, oldItemOnRefusal: 'read' });

const itemOf = (session: Session, secretHash = RIGHT): SessionItem => ({
  ...toItem({ session: { ...session, state: 'active' }, secretHash }, OPTIONS),
  ...(session.closesAt !== null && { closesAt: { N: String(session.closesAt) } }),
  ...(session.state === 'ended' && {
    state: { S: 'ended' },
    endReason: { S: session.endReason },
    endedAt: { N: String(session.endedAt) },
    ...(session.endedBy && { endedBy: endedByItem(session.endedBy) }),
  }),
});

function rejection(Item?: SessionItem, attempts = 1): ConditionalCheckFailedException {
  return new ConditionalCheckFailedException({
    message: 'no',
    $metadata: { attempts },
    ...(Item && { Item }),
  });
}

const touchOf = ({ sessionId }: Session, now = T0 + 1) => ({
  sessionId,
  secretHash: RIGHT,
  now,
  activityAt: now,
  activeUntil: now,
});
const commands = () => sent.calls().map(({ firstArg }) => firstArg.constructor.name);

beforeEach(() => {
  sent.reset();
});

describe('what is sent', () => {
  test('a touch is one conditional update, word for word', async () => {
    const session = newSession();
    sent.on(UpdateItemCommand).resolves({ Attributes: itemOf(session) });
    expect(await store.touch(touchOf(session, T0 + 5))).toEqual({ outcome: 'touched', session });
    expect(commands()).toEqual(['UpdateItemCommand']);
    expect(sent.call(0).args[0].input).toEqual({
      TableName: 'table',
      Key: { pk: { S: `session#${session.sessionId}` } },
      UpdateExpression:
        'SET lastActivityAt = :activityAt, activeUntil = :activeUntil, idleExpiresAt = :activeUntil + idleTimeoutMs REMOVE closesAt',
      ConditionExpression:
        '#state = :active AND secretHash = :secretHash AND absoluteExpiresAt > :now AND idleExpiresAt > :now AND (attribute_not_exists(closesAt) OR closesAt > :now) AND activeUntil <= :activityAt AND (attribute_not_exists(runScope) OR attribute_not_exists(runProven))',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':active': { S: 'active' },
        ':secretHash': { B: RIGHT },
        ':activityAt': { N: String(T0 + 5) },
        ':activeUntil': { N: String(T0 + 5) },
        ':now': { N: String(T0 + 5) },
      },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  test('a guarded touch names no secret, no owner, no absolute limit and no rule of the sign-in', async () => {
    const session = newSession();
    sent.on(UpdateItemCommand).resolves({});
    const write = { ...touchOf(session, T0 + 5), seen: session };
    const idleExpiresAt = T0 + 5 + session.idleTimeoutMs;
    expect(await store.touch(write)).toMatchObject({ outcome: 'touched', session: { idleExpiresAt } });
    expect(sent.call(0).args[0].input).toEqual({
      TableName: 'table',
      Key: { pk: { S: `session#${session.sessionId}` } },
      UpdateExpression:
        'SET lastActivityAt = :activityAt, activeUntil = :activeUntil, idleExpiresAt = :idleExpiresAt REMOVE closesAt',
      ConditionExpression:
        '#state = :active AND idleExpiresAt > :now AND (attribute_not_exists(closesAt) OR closesAt > :now) AND activeUntil <= :activityAt AND activeUntil = :seenActiveUntil AND idleExpiresAt = :seenIdleExpiresAt',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':active': { S: 'active' },
        ':activityAt': { N: String(T0 + 5) },
        ':activeUntil': { N: String(T0 + 5) },
        ':idleExpiresAt': { N: String(idleExpiresAt) },
        ':now': { N: String(T0 + 5) },
        ':seenActiveUntil': { N: String(T0) },
        ':seenIdleExpiresAt': { N: String(session.idleExpiresAt) },
      },
      ReturnValues: 'NONE',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  test('the store of a guard asks a rejected write for nothing, and reads the row', async () => {
    const session = { ...newSession(), activeUntil: T0 + MINUTE };
    const guarded = createDynamoStore({ client, tableName: 'table', ...OPTIONS, ...GUARDED_STORE });
    sent.on(UpdateItemCommand).rejects(rejection());
    sent.on(GetItemCommand).resolves({ Item: itemOf(session) });
    const write = { ...touchOf(session), seen: session };
    expect(await guarded.touch(write)).toEqual({ outcome: 'unchanged', session });
    expect(sent.call(0).args[0].input).toMatchObject({ ReturnValuesOnConditionCheckFailure: 'NONE' });
    expect(commands()).toEqual(['UpdateItemCommand', 'GetItemCommand']);
  });

  test('past the absolute limit that was seen, a guarded write is a read', async () => {
    const session = newSession();
    sent.on(GetItemCommand).resolves({ Item: itemOf(session) });
    const write = { ...touchOf(session, session.absoluteExpiresAt), seen: session };
    expect(await store.touch(write)).toEqual({ outcome: 'expired', session });
    expect(await store.cancelCloseGrace(write)).toEqual({ outcome: 'expired', session });
    expect(commands()).toEqual(['GetItemCommand', 'GetItemCommand']);
  });

  describe('a row without an owner is no session', () => {
    const session = newSession();
    const {
      subject: _subject,
      createdAt: _createdAt,
      secretHash: _secretHash,
      ...upserted
    } = itemOf(session);
    const { sessionId } = session;

    test('when it is read, in a batch, and in a list', async () => {
      sent.on(GetItemCommand).resolves({ Item: upserted });
      sent.on(BatchGetItemCommand).resolves({ Responses: { table: [upserted] } });
      sent.on(QueryCommand).resolves({ Items: [upserted] });
      expect(await store.read(sessionId)).toBeUndefined();
      expect(await store.readMany([sessionId])).toEqual({ sessions: [], unreadable: [] });
      expect(await store.listBySubject('ada')).toMatchObject({ sessions: [], unreadable: [] });
    });

    test('when it rejects a write', async () => {
      sent.on(UpdateItemCommand).rejects(rejection(upserted));
      const owned = { ...touchOf(session), runHash: RIGHT };
      for (const write of [owned, { ...owned, seen: session }]) {
        expect(await store.touch(write)).toEqual({ outcome: 'unknown' });
        expect(await store.cancelCloseGrace(write)).toEqual({ outcome: 'unknown' });
        expect(await store.end({ ...write, reason: 'revoked' })).toEqual({ outcome: 'unknown' });
      }
      expect(await store.startCloseGrace({ ...owned, graceMs: 1 })).toEqual({ outcome: 'unknown' });
      expect(await store.bind({ ...owned, scope: MARK_SCOPE })).toBeUndefined();
    });

    test('and a sign-in does not take it for its own write', async () => {
      sent.on(GetItemCommand).resolves({ Item: { shards: { N: '8' } } });
      sent.on(PutItemCommand).rejects(rejection({ ...upserted, secretHash: { B: RIGHT } }, 2));
      await expect(store.create(session, RIGHT)).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
    });

    test('nor does ending it by its id alone', async () => {
      sent.on(UpdateItemCommand).rejects(rejection(upserted));
      await store.end({ sessionId, reason: 'revoked', now: T0 });
      expect(sent.call(0).args[0].input).toMatchObject({
        ConditionExpression: expect.stringContaining('attribute_exists(subject)'),
      });
    });
  });

  test('an end leaves the index, becomes a tombstone and says when it may go', async () => {
    const session = newSession();
    sent.on(UpdateItemCommand).resolves({ Attributes: itemOf(end(session, 'revoked', T0 + 1)) });
    await store.end({ sessionId: session.sessionId, reason: 'revoked', now: T0 + 1 });
    expect(sent.call(0).args[0].input).toMatchObject({
      UpdateExpression:
        'SET #state = :ended, endReason = :reason, endedAt = :endedAt, endedBy = :endedBy, #ttl = :ttl REMOVE dueShard, dueAt',
      ExpressionAttributeNames: { '#state': 'state', '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ':reason': { S: 'revoked' },
        ':endedAt': { N: String(T0 + 1) },
        // Rounded up from T0 + 1 ms + an hour.
        ':ttl': { N: String((T0 + 60 * MINUTE) / 1_000 + 1) },
      },
    });
  });

  test('a rejected touch asks nothing more, unless the engine does not bring the old item', async () => {
    const session = { ...newSession(), activeUntil: T0 + MINUTE };
    sent.on(UpdateItemCommand).rejects(rejection(itemOf(session)));
    expect(await store.touch(touchOf(session))).toEqual({ outcome: 'unchanged', session });
    expect(commands()).toEqual(['UpdateItemCommand']);

    sent.reset();
    sent.on(UpdateItemCommand).rejects(rejection());
    sent.on(GetItemCommand).resolves({ Item: itemOf(session) });
    expect(await store.touch(touchOf(session))).toEqual({ outcome: 'unknown' });
    expect(await reading.touch(touchOf(session))).toEqual({ outcome: 'unchanged', session });
    expect(commands()).toEqual(['UpdateItemCommand', 'UpdateItemCommand', 'GetItemCommand']);
    expect(sent.call(2).args[0].input).toMatchObject({ ConsistentRead: true });
  });

  test('reads are strongly consistent', async () => {
    sent.on(GetItemCommand).resolves({});
    sent.on(BatchGetItemCommand).resolves({ Responses: {} });
    await store.read('a');
    await store.readMany(['a']);
    expect(sent.call(0).args[0].input).toMatchObject({ ConsistentRead: true });
    expect(sent.call(1).args[0].input).toMatchObject({ RequestItems: { table: { ConsistentRead: true } } });
  });

  test('keys that a batch leaves unread are asked for again, six times at most', async () => {
    const [a, b] = [newSession(), newSession()];
    const left = { table: { Keys: [{ pk: { S: `session#${b.sessionId}` } }] } };
    sent
      .on(BatchGetItemCommand)
      .resolvesOnce({ Responses: { table: [itemOf(a)] }, UnprocessedKeys: left })
      .resolvesOnce({ Responses: { table: [itemOf(b)] }, UnprocessedKeys: {} })
      .resolves({ UnprocessedKeys: left });
    expect(await store.readMany([a.sessionId, b.sessionId])).toEqual({ sessions: [a, b], unreadable: [] });
    await expect(store.readMany([a.sessionId])).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    expect(commands()).toHaveLength(8);
  });

  test('a row that makes no sense is told apart, in a batch and in a list', async () => {
    const [whole, broken] = [newSession(), newSession()];
    const rows = [itemOf(whole), { ...itemOf(broken), idleExpiresAt: { S: 'soon' } }];
    sent.on(BatchGetItemCommand).resolves({ Responses: { table: rows } });
    sent.on(QueryCommand).resolves({ Items: rows });
    const unreadable = [
      { sessionId: broken.sessionId, cause: expect.objectContaining({ code: 'ERR_INTERNAL' }) },
    ];
    expect(await store.readMany([whole.sessionId, broken.sessionId])).toEqual({
      sessions: [whole],
      unreadable,
    });
    expect(await store.listBySubject('ada')).toEqual({ sessions: [whole], unreadable, next: undefined });
  });

  test('the number of shards is on record before the first session is, once a process, and again after a failure', async () => {
    const fresh = createDynamoStore({ client, tableName: 'table', ...OPTIONS });
    sent.on(GetItemCommand).rejectsOnce(new Error('out of reach')).resolves({});
    sent.on(UpdateItemCommand).resolves({});
    sent.on(PutItemCommand).resolves({});
    await expect(fresh.create(newSession(), RIGHT)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    expect(commands()).toEqual(['GetItemCommand']);
    await fresh.create(newSession(), RIGHT);
    await fresh.create(newSession(), RIGHT);
    expect(commands().slice(1)).toEqual([
      'GetItemCommand',
      'UpdateItemCommand',
      'PutItemCommand',
      'PutItemCommand',
    ]);
    expect(sent.call(2).args[0].input).toMatchObject({
      Key: { pk: { S: 'meta#due' } },
      ExpressionAttributeValues: { ':shards': { N: '8' } },
    });
  });

  test('the number of shards grows and never shrinks, and is written only when it grows', async () => {
    const meta = (shards: number) => ({ Item: { shards: { N: String(shards) } } });
    sent.on(GetItemCommand).resolvesOnce(meta(32)).resolvesOnce({}).resolvesOnce({}).resolves(meta(64));
    sent.on(UpdateItemCommand).resolvesOnce({}).rejects(rejection());
    expect(await store.dueShards()).toBe(32);
    expect(commands()).toEqual(['GetItemCommand']);
    expect(await store.dueShards()).toBe(8);
    // A function with a larger number was faster.
    expect(await store.dueShards()).toBe(64);
  });
});

describe('the row of a user', () => {
  test('has its key, the time, who did it, and a time in seconds after which TTL may take it: 25 hours', async () => {
    sent.on(UpdateItemCommand).resolves({});
    await store.raiseNotBefore('ada', { at: T0 + 1, endedBy: { type: 'admin', id: 'ops' } });
    expect(sent.call(0).args[0].input).toMatchObject({
      Key: { pk: { S: 'subject#ada' } },
      ConditionExpression: 'attribute_not_exists(notBefore) OR notBefore < :at',
      ExpressionAttributeValues: {
        ':at': { N: String(T0 + 1) },
        ':endedBy': { M: { type: { S: 'admin' }, id: { S: 'ops' } } },
        ':ttl': { N: String(T0 / 1_000 + 25 * 3_600 + 1) },
      },
    });
  });

  test('is read strongly; without a word of who did it, it was the user', async () => {
    sent.on(GetItemCommand).resolves({ Item: { notBefore: { N: String(T0) } } });
    expect(await store.notBefore('ada')).toEqual({ at: T0, endedBy: { type: 'subject' } });
    expect(sent.call(0).args[0].input).toMatchObject({ ConsistentRead: true });
  });

  test('without a usable time is rejected by its name', async () => {
    sent.on(GetItemCommand).resolves({ Item: { notBefore: { N: '-1' } } });
    await expect(store.notBefore('ada')).rejects.toThrow('no usable notBefore');
  });
});

describe('a reply that is lost', () => {
  test('a create that finds its own write succeeded', async () => {
    const session = newSession();
    sent.on(GetItemCommand).resolves({ Item: { shards: { N: '8' } } });
    sent.on(PutItemCommand).rejects(rejection(itemOf(session), 2));
    await store.create(session, RIGHT);
    sent.on(PutItemCommand).rejects(rejection(itemOf(session, hashOf('another')), 2));
    await expect(store.create(session, RIGHT)).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
  });

  test.each([
    [2, 'revoked', T0 + 1, 'ended'],
    [1, 'revoked', T0 + 1, 'already-ended'],
    [2, 'revoked', T0, 'already-ended'],
    [2, 'idle', T0 + 1, 'already-ended'],
  ] as const)(
    'an end, attempt %i, that finds %s at %i is %s',
    async (attempts, foundReason, endedAt, outcome) => {
      const session = end(newSession(), foundReason, endedAt);
      sent.on(UpdateItemCommand).rejects(rejection(itemOf(session), attempts));
      const { sessionId } = session;
      const result = await store.end({ sessionId, reason: 'revoked', now: T0 + 1 });
      expect(result).toEqual({ outcome, session });
    },
  );
});

describe('a failure', () => {
  const session = newSession();
  const { sessionId } = session;
  const grace = { sessionId, secretHash: RIGHT, now: T0, graceMs: 1 };
  const everything: [string, () => Promise<unknown>][] = [
    ['create', () => store.create(session, RIGHT)],
    ['read', () => store.read(sessionId)],
    ['touch', () => store.touch(touchOf(session))],
    ['end', () => store.end({ sessionId, reason: 'revoked', now: T0 })],
    ['startCloseGrace', () => store.startCloseGrace(grace)],
    ['cancelCloseGrace', () => store.cancelCloseGrace(grace)],
    ['bind', () => store.bind({ ...grace, runHash: RIGHT, scope: MARK_SCOPE })],
    ['confirmBinding', () => store.confirmBinding({ ...grace, runHash: RIGHT })],
    ['listBySubject', () => store.listBySubject('ada')],
    ['readMany', () => store.readMany([sessionId])],
    ['due', () => store.due({ shard: 0, until: T0, limit: 1 })],
    ['countDue', () => store.countDue(0)],
    ['rearm', () => store.rearm(sessionId, 1, 2)],
    ['tighten', () => store.tighten({ seen: newSession(), seenDueAt: 1, tightened: newSession() })],
    ['dueShards', () => store.dueShards()],
    ['finishSignIn', () => store.finishSignIn({ state: 's', attempt: 'a', startedAt: 0 })],
    ['eraseSession', () => store.eraseSession({ sessionId, subject: 'ada', onlyEnded: true })],
    ['forget', () => store.forget('ada', T0)],
    ['notBefore', () => store.notBefore('ada')],
    ['raiseNotBefore', () => store.raiseNotBefore('ada', { at: T0, endedBy: { type: 'subject' } })],
  ];

  test('is tried for every operation of the store', () => {
    const operations = Object.keys(store).filter((name) => name !== 'within');
    expect(everything.map(([name]) => name).sort()).toEqual(operations.sort());
  });

  test.each(everything)('of the database in %s is the store being unavailable', async (_name, call) => {
    const cause = new ProvisionedThroughputExceededException({ message: 'too much', $metadata: {} });
    for (const command of [
      GetItemCommand,
      PutItemCommand,
      UpdateItemCommand,
      DeleteItemCommand,
      QueryCommand,
      BatchGetItemCommand,
    ])
      sent.on(command as typeof GetItemCommand).rejects(cause);
    await expect(call()).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', retryAfterMs: 1_000, cause });
  });

  test('to answer within the time of a request is the store being unavailable, at once', async () => {
    const { createServer } = await import('node:http');
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const slow = createDynamoStore({
      client: createDynamoClient({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1' }),
      tableName: 'table',
      ...OPTIONS,
    });
    sent.restore();
    process.env.AWS_ACCESS_KEY_ID = 'local';
    process.env.AWS_SECRET_ACCESS_KEY = 'local';
    const stopper = new AbortController();
    const reading = slow.within(stopper.signal).read('a');
    silent.once('request', () => stopper.abort());
    await expect(reading).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', retryAfterMs: 1_000 });
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });

  test('of nobody listening is told in time', async () => {
    const alone = createDynamoStore({
      client: createDynamoClient({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' }),
      tableName: 'table',
      ...OPTIONS,
    });
    sent.restore();
    process.env.AWS_ACCESS_KEY_ID = 'local';
    process.env.AWS_SECRET_ACCESS_KEY = 'local';
    await expect(alone.read('a')).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  });
});
