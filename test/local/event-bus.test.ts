import { expect, test } from '@jest/globals';
import { type BusEvent, EventBus } from '../../local/event-bus.ts';

function bus() {
  const seen: BusEvent[] = [];
  return {
    seen,
    bus: new EventBus({ buses: ['curfew'], now: () => 1_000, onEvent: (event) => seen.push(event) }),
  };
}
const entry = { Source: 'curfew', DetailType: 'Session Ended', Detail: '{"a":1}', EventBusName: 'curfew' };
const put = (made: EventBus, ...entries: object[]) =>
  made.answer('AWSEvents.PutEvents', JSON.stringify({ Entries: entries }));

test('an event as EventBridge delivers it', () => {
  const { bus: made, seen } = bus();
  expect(put(made, { ...entry, Time: 1_795_378_742 })).toMatchObject({
    status: 200,
    payload: { FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] },
  });
  expect(seen).toEqual([
    expect.objectContaining({
      'detail-type': 'Session Ended',
      source: 'curfew',
      time: '2026-11-22T20:19:02Z',
      detail: { a: 1 },
      resources: [],
    }),
  ]);
  expect(made.events).toEqual(seen);
});

test('without Time it is now', () => {
  const { bus: made, seen } = bus();
  put(made, entry);
  expect(seen[0]?.time).toBe('1970-01-01T00:00:01Z');
});

test('an entry that can’t be taken fails without the others', () => {
  const { bus: made, seen } = bus();
  const { payload } = put(
    made,
    { ...entry, EventBusName: 'other' },
    { ...entry, Detail: '{' },
    { ...entry, Source: '' },
    entry,
  );
  expect(payload).toEqual({
    FailedEntryCount: 3,
    Entries: [
      expect.objectContaining({ ErrorCode: 'ResourceNotFoundException' }),
      expect.objectContaining({ ErrorCode: 'MalformedDetail' }),
      expect.objectContaining({ ErrorCode: 'InvalidArgument' }),
      { EventId: expect.any(String) },
    ],
  });
  expect(seen).toHaveLength(1);
});

test('no entry, eleven entries, a time that is no date and another operation are rejected', () => {
  const { bus: made } = bus();
  expect(put(made).status).toBe(400);
  expect(put(made, ...Array.from({ length: 11 }, () => entry)).status).toBe(400);
  expect(put(made, { ...entry, Time: 8.64e12 + 1 }).status).toBe(400);
  expect(made.answer('AWSEvents.PutRule', '{}').status).toBe(400);
});
