import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeEach, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createFailureQueue, type FailureNote } from '../../../functions/publish/failure-queue.ts';

const QUEUE = 'https://sqs.us-east-1.amazonaws.com/000000000000/failures';
const IN_TIME = new AbortController().signal;
const sqs = mockClient(SQSClient);
let made: number;

/** SQS, which does not take the messages that are said to fail. */
function taking(fails: (body: string) => boolean = () => false): void {
  sqs.on(SendMessageBatchCommand).callsFake(({ Entries }: SendMessageBatchCommand['input']) => ({
    Successful: Entries!.filter(({ MessageBody }) => !fails(MessageBody!)).map(({ Id }) => ({ Id })),
    Failed: Entries!
      .filter(({ MessageBody }) => fails(MessageBody!))
      .map(({ Id }) => ({ Id, Code: 'InternalError' })),
  }));
}

const successful = (Id: string) => ({ Id, MessageId: Id, MD5OfMessageBody: '' });
const queue = () =>
  createFailureQueue({
    queueUrl: QUEUE,
    createClient: () => {
      made += 1;
      return new SQSClient({ region: 'us-east-1' });
    },
  });
const notes = (count: number) =>
  Array.from(
    { length: count },
    (_, i): FailureNote => ({
      key: `session#${i}`,
      sequenceNumber: String(i),
      change: 'INSERT',
      reason: 'none',
    }),
  );
const inputs = () => sqs.calls().map(({ firstArg }) => (firstArg as SendMessageBatchCommand).input);

beforeEach(() => {
  sqs.reset();
  made = 0;
});

test('no client is made before there is something to send, and one then', async () => {
  taking();
  const one = queue();
  expect(await one.send([], IN_TIME)).toEqual(new Map());
  expect(made).toBe(0);
  await one.send(notes(1), IN_TIME);
  await one.send(notes(1), IN_TIME);
  expect(made).toBe(1);
});

test('a message a note, ten at a time', async () => {
  taking();
  const sent = notes(23);
  expect(await queue().send(sent, IN_TIME)).toEqual(new Map());
  expect(inputs().map(({ Entries }) => Entries!.length)).toEqual([10, 10, 3]);
  expect(inputs().every(({ QueueUrl }) => QueueUrl === QUEUE)).toBe(true);
  expect(
    inputs().flatMap(({ Entries }) => Entries!.map(({ MessageBody }) => JSON.parse(MessageBody!))),
  ).toEqual(sent);
});

test('a message that is not taken is said to be missing, and the others are not', async () => {
  taking((body) => body.includes('session#3'));
  const sent = notes(12);
  expect([...(await queue().send(sent, IN_TIME)).keys()]).toEqual([sent[3]]);
});

test('a queue out of reach has none of the request’s messages', async () => {
  const down = new Error('connect');
  sqs
    .on(SendMessageBatchCommand)
    .rejectsOnce(down)
    .resolves({ Successful: [successful('0'), successful('1')] });
  const sent = notes(12);
  expect([...(await queue().send(sent, IN_TIME))]).toEqual(sent.slice(0, 10).map((note) => [note, down]));
});

test('a key of any characters is a message that SQS takes', async () => {
  taking();
  const key = 'session#\u0000\u001f\ud800\ufffe\uffff ä🙂';
  await queue().send([{ ...notes(1)[0]!, key }], IN_TIME);
  const [body] = inputs().flatMap(({ Entries }) => Entries!.map(({ MessageBody }) => MessageBody!));
  // What XML 1.0 can hold (§2.2).
  expect(body).toMatch(/^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]+$/u);
  expect(JSON.parse(body!).key).toBe(key);
});
