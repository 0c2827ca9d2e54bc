import { createServer } from 'node:http';
import { expect, test } from '@jest/globals';
import { close, listen } from '../../../dev/machine/loopback.ts';
import { StreamReader } from '../../../local/engine/stream-reader.ts';

test('an engine that takes a request and never answers is asked again: the reader does not wait for ever', async () => {
  let requests = 0;
  const silent = createServer(() => {
    requests += 1;
  });
  const endpoint = `http://127.0.0.1:${await listen(silent)}`;
  const reader = new StreamReader({
    endpoint,
    streamArn: 'arn:aws:dynamodb:ddblocal:000000000000:table/sessions/stream/1',
    // Long enough for a busy machine to take each of them in, so that all are counted.
    requestTimeoutMs: 250,
    onRecord: () => undefined,
  });
  await reader.settled();
  const first = requests;
  await reader.settled();
  // Two attempts each time.
  expect([first, requests]).toEqual([2, 4]);
  await reader.close();
  await close(silent);
});
