import { expect, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { SessionEnded, SessionStarted } from '../../../core/protocol.ts';
import { createPublishHandler } from '../../../functions/publish/handler.ts';
import type { Transition } from '../../../functions/sessions/transition.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { createFailureQueueDouble } from '../../support/failure-queue.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { createRecorder } from '../../support/observers.ts';
import { newSession } from '../../support/sessions.ts';
import { streamRecord } from '../../support/stream-records.ts';

const good = streamRecord({ after: newSession() }).dynamodb!.NewImage!;
const value = fc.oneof(
  fc.record({ S: fc.string() }),
  fc.record({ N: fc.oneof(fc.string(), fc.integer().map(String)) }),
  fc.constant({ NULL: true }),
  fc.constant({}),
);
/** A row of ours with some attributes missing, and others not what they should be. */
const image = fc
  .tuple(
    fc.subarray(Object.keys(good)),
    fc.dictionary(fc.constantFrom(...Object.keys(good), 'closesAt', 'endReason', 'endedAt'), value, {
      maxKeys: 3,
    }),
    fc.constantFrom('active', 'ended'),
  )
  .map(([gone, strange, state]) => {
    const kept = Object.entries(good).filter(([name]) => gone.length % 3 === 0 || !gone.includes(name));
    return { ...Object.fromEntries(kept), state: { S: state }, ...strange };
  });

test('whatever a record holds, the batch is answered, and what is announced is an event', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ OldImage: fc.option(image), NewImage: fc.option(image) }), { maxLength: 8 }),
      async (changes) => {
        const Records = changes.map(({ OldImage, NewImage }, i) => ({
          dynamodb: {
            SequenceNumber: String(i),
            ApproximateCreationDateTime: 1_793_520_000,
            ...(OldImage && { OldImage }),
            ...(NewImage && { NewImage }),
          },
        })) as unknown as DynamoDBRecord[];
        const announced: Transition[] = [];
        const queue = createFailureQueueDouble();
        const handler = createPublishHandler({
          ...createRecorder(),
          bus: {
            async put(transitions) {
              announced.push(...transitions);
              return new Map();
            },
          },
          failureQueue: queue,
          store: createMemoryStore(),
          now: () => 0,
        });
        expect(await handler({ Records })).toEqual({ batchItemFailures: [] });
        expect(queue.notes.length + announced.length).toBeLessThanOrEqual(Records.length);
        for (const { type, detail } of announced) {
          const schema = type === 'Session Started' ? SessionStarted : SessionEnded;
          expect(z.safeParse(schema, { ...detail, service: 'fuzz' }).error?.issues ?? []).toEqual([]);
        }
      },
    ),
    runs(300),
  );
});
