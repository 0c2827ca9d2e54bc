import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { administer } from '../../../functions/admin/admin.ts';
import { scan } from '../../../local/engine/tables.ts';
import { connectDynamoDbLocal, createTable, type Engine, noDynamoDbLocal } from '../../support/engines.ts';
import { type FakeEventBridge, startEventBridge } from '../../support/event-bridge.ts';
import { hashOf, newSession, T0 } from '../../support/sessions.ts';
import { readStream } from '../../support/streams.ts';
import { announce, endsOn } from '../../support/sweeping.ts';

// The engine shares the machine with every other test file.
jest.setTimeout(120_000);

(noDynamoDbLocal ? describe.skip : describe)('erasing a user, on a real table with a real stream', () => {
  let engine: Engine;
  let bus: FakeEventBridge;
  beforeAll(async () => {
    engine = await connectDynamoDbLocal();
    bus = await startEventBridge();
  });
  afterAll(async () => {
    await bus?.stop();
    await engine?.stop();
  });

  test('leaves no row of theirs, and each session has ended once, whether it lived or not', async () => {
    const { tableName, store, streamArn } = await createTable(engine);
    const [live, another, ended, damaged] = Array.from({ length: 4 }, () => newSession()) as [
      ReturnType<typeof newSession>,
      ReturnType<typeof newSession>,
      ReturnType<typeof newSession>,
      ReturnType<typeof newSession>,
    ];
    const theirs = newSession({ subject: 'grace' });
    for (const session of [live, another, ended, damaged, theirs])
      await store.create(session, hashOf('right'));
    await store.end({ sessionId: ended.sessionId, reason: 'signed-out', now: T0 + 1 });
    await engine.client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { pk: { S: `session#${damaged.sessionId}` } },
        UpdateExpression: 'REMOVE idleExpiresAt SET #state = :ended',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':ended': { S: 'ended' } },
      }),
    );

    const request = { actor: 'ops', action: 'erase', subject: 'ada' } as const;
    const context = { store, now: T0 + 2 };
    expect(await administer(request, context)).toEqual({ erased: 4, revoked: 2, remaining: 0 });
    expect(await administer(request, context)).toEqual({ erased: 0, revoked: 0, remaining: 0 });
    const left = (await scan(engine.client, tableName)).map(({ pk }) => pk?.S);
    expect(left.filter((pk) => pk?.startsWith('session#') || pk?.startsWith('subject#'))).toEqual([
      `session#${theirs.sessionId}`,
    ]);

    await announce(bus, await readStream(engine.endpoint, streamArn!));
    const by = { type: 'admin', id: 'ops' };
    expect(
      endsOn(bus)
        .map(({ sessionId, reason, endedBy }) => JSON.stringify([sessionId, reason, endedBy]))
        .sort(),
    ).toEqual(
      [
        [live.sessionId, 'revoked', by],
        [another.sessionId, 'revoked', by],
        [ended.sessionId, 'signed-out', { type: 'subject' }],
      ]
        .map((one) => JSON.stringify(one))
        .sort(),
    );
  });
});
