import { afterEach, expect, test } from '@jest/globals';
import { end } from '../../../core/lifecycle.ts';
import { createObservers } from '../../../functions/http/compose.ts';
import { observeTransitions } from '../../../functions/publish/metrics.ts';
import { transitionOf } from '../../../functions/publish/transition.ts';
import { newSession, T0 } from '../../support/sessions.ts';
import { streamRecord } from '../../support/stream-records.ts';

const write = process.stdout.write;
afterEach(() => {
  process.stdout.write = write;
});

/** What a function that really runs prints: the lines from which CloudWatch makes metrics. */
function printed(work: () => void): Record<string, unknown>[] {
  const lines: string[] = [];
  process.stdout.write = ((text: string) => lines.push(text) > 0) as typeof write;
  work();
  process.stdout.write = write;
  return lines.flatMap((text) => text.split('\n').filter(Boolean)).map((line) => JSON.parse(line));
}

test('a full batch is one line of values and a line for each reason, under the dimensions that alarms read', () => {
  const ended = Array.from({ length: 98 }, (_, i) => {
    const before = newSession();
    return transitionOf(streamRecord({ before, after: end(before, 'idle', before.idleExpiresAt + i) }))!;
  });
  const before = newSession();
  const out = transitionOf(streamRecord({ before, after: end(before, 'signed-out', T0 + 1) }))!;
  const started = transitionOf(streamRecord({ after: newSession() }))!;
  const lines = printed(() =>
    observeTransitions(createObservers({ SESSION_SERVICE: 'staging' }).metrics, [started, ...ended, out]),
  );
  expect(lines).toHaveLength(3);
  const [idle, signedOut, batch] = lines;
  expect(idle).toMatchObject({ service: 'staging', Reason: 'idle', SessionsEnded: 98 });
  expect(signedOut).toMatchObject({ service: 'staging', Reason: 'signed-out', SessionsEnded: 1 });
  expect(batch).toMatchObject({ service: 'staging', SessionsStarted: 1 });
  expect(batch!.ExpiryLateness).toEqual(Array.from({ length: 98 }, (_, i) => i));
  for (const [line, dimensions] of [
    [idle, ['service', 'Reason']],
    [batch, ['service']],
  ] as const) {
    const { CloudWatchMetrics } = line!._aws as { CloudWatchMetrics: unknown[] };
    expect(CloudWatchMetrics).toMatchObject([{ Namespace: 'Curfew', Dimensions: [dimensions] }]);
  }
});
