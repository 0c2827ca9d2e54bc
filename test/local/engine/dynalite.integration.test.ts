import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import { CREDENTIALS } from '../../../local/aws.ts';
import { DerivedChanges } from '../../../local/engine/derived-changes.ts';
import { startDynalite } from '../../../local/engine/dynalite.ts';
import { createOnce } from '../../../local/engine/tables.ts';
import { tableDefinition } from '../../support/table-definition.ts';

test('it closes once every request that it has read is answered', async () => {
  const { endpoint, server, close } = await startDynalite();
  const client = new DynamoDBClient({ ...CREDENTIALS, endpoint, maxAttempts: 1 });
  await createOnce(client, tableDefinition('sessions'), endpoint);
  const responses: ServerResponse[] = [];
  const unanswered = () => responses.filter(({ writableEnded }) => !writableEnded).length;
  const allRead = new Promise<void>((resolve) => {
    server.on('request', (request, response) => {
      request.once('end', () => responses.push(response) === 5 && resolve());
    });
  });
  const Keys = Array.from({ length: 100 }, (_, index) => ({ pk: { S: `session#${index}` } }));
  const asked = Array.from({ length: 5 }, () =>
    client.send(new BatchGetItemCommand({ RequestItems: { sessions: { Keys } } })),
  );
  const answered = Promise.allSettled(asked);
  await allRead;
  expect(unanswered()).toBeGreaterThan(0);
  await close();
  expect(unanswered()).toBe(0);
  await answered;
  client.destroy();
});

test.each(['itself', 'with streams derived from it'])(
  'a request that breaks off harms no other: %s',
  async (how) => {
    const { endpoint, server, close } = await startDynalite();
    if (how !== 'itself') new DerivedChanges({ read: async () => undefined, now: () => 0 }).attach(server);
    const begun = once(server, 'request');
    const socket = connect(Number(new URL(endpoint).port), '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{');
    const [request] = await begun;
    // `once` of Node would reject with the error that comes before.
    const ended = new Promise((resolve) => request.on('close', resolve));
    socket.destroy();
    await ended;
    await setImmediate();
    expect((await fetch(endpoint)).status).toBe(200);
    await close();
  },
);
