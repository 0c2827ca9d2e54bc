import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import { createEventBus } from '../../../functions/publish/bus.ts';
import { parseRecord, transitionsIn } from '../../../functions/publish/delivery.ts';
import { createFailureQueue } from '../../../functions/publish/failure-queue.ts';
import { newSession } from '../../support/sessions.ts';
import { streamRecord } from '../../support/stream-records.ts';

/** A service that takes requests and never answers, so that only the end of the time ends them. */
function silentService() {
  let ask = () => {};
  const asked = new Promise<void>((resolve) => (ask = resolve));
  let requests = 0;
  return {
    asked,
    requests: () => requests,
    config: {
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestHandler: {
        handle(_request: unknown, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
          requests += 1;
          ask();
          return new Promise<never>((_, reject) => {
            const abort = () => reject(Object.assign(new Error('aborted'), { name: 'AbortError' }));
            if (abortSignal?.aborted) abort();
            abortSignal?.addEventListener('abort', abort, { once: true });
          });
        },
      },
    },
  };
}

test('events that a silent bus has not taken in time come again, and it is not asked once more', async () => {
  const service = silentService();
  const client = new EventBridgeClient(service.config);
  const wait = async () => expect('no further attempt').toBe('made');
  const bus = createEventBus({ client, busName: 'curfew', service: 'curfew', wait });
  const records = Array.from({ length: 11 }, () => streamRecord({ after: newSession() }));
  const transitions = transitionsIn(records.map(parseRecord));
  const time = new AbortController();
  const putting = bus.put(transitions, time.signal);
  await service.asked;
  time.abort();
  const failures = await putting;
  expect([...failures.keys()]).toEqual(transitions);
  expect([...failures.values()].map(({ permanent }) => permanent)).toEqual(Array(11).fill(false));
  expect(service.requests()).toBe(2);
});

test('notes that a silent queue has not taken in time are not in it', async () => {
  const service = silentService();
  const createClient = () => new SQSClient(service.config);
  const queue = createFailureQueue({
    queueUrl: 'https://sqs.us-east-1.amazonaws.com/000000000000/failures',
    createClient,
  });
  const notes = Array.from({ length: 11 }, (_, index) => ({
    key: `session#${index}`,
    sequenceNumber: `${index}`,
    change: 'INSERT',
    reason: 'none',
  }));
  const time = new AbortController();
  const sending = queue.send(notes, time.signal);
  await service.asked;
  time.abort();
  expect([...(await sending).keys()]).toEqual(notes);
});
