import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import { CREDENTIALS, queueUrl } from '../../local/aws.ts';
import { MessageQueues } from '../../local/message-queues.ts';

const QUEUE = queueUrl('failures');

function queues() {
  const seen: string[] = [];
  return { seen, made: new MessageQueues({ queues: [QUEUE], onMessage: (body) => seen.push(body) }) };
}
const send = (made: MessageQueues, QueueUrl: string, Entries: object[], operation = 'SendMessageBatch') =>
  made.answer(`AmazonSQS.${operation}`, JSON.stringify({ QueueUrl, Entries }));

test('messages are taken as the SDK sends them, and it finds their digests right', async () => {
  const { made, seen } = queues();
  const endpoint = await made.listen();
  const client = new SQSClient({ ...CREDENTIALS, endpoint });
  try {
    const { Successful, Failed } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: QUEUE,
        Entries: [
          { Id: 'a', MessageBody: '{"key":"session#ä"}' },
          { Id: 'b', MessageBody: '2' },
        ],
      }),
    );
    expect(Successful?.map(({ Id }) => Id)).toEqual(['a', 'b']);
    expect(Failed ?? []).toEqual([]);
    expect(seen).toEqual(['{"key":"session#ä"}', '2']);
  } finally {
    client.destroy();
    await made.close();
  }
});

test('an unknown queue, no message, eleven messages and another operation are rejected', () => {
  const { made, seen } = queues();
  const entry = { Id: 'a', MessageBody: 'x' };
  expect(send(made, queueUrl('other'), [entry])).toMatchObject({
    status: 400,
    payload: { __type: 'QueueDoesNotExist' },
  });
  expect(send(made, QUEUE, []).status).toBe(400);
  expect(
    send(
      made,
      QUEUE,
      Array.from({ length: 11 }, () => entry),
    ).status,
  ).toBe(400);
  expect(send(made, QUEUE, [entry], 'ReceiveMessage').status).toBe(400);
  expect(seen).toEqual([]);
});
