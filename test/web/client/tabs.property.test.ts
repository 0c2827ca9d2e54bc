import { expect, test } from '@jest/globals';
import { mergeTimes, newTabState, type TabState } from '../../../web/client/tabs.ts';
import fc from '../../support/fast-check.ts';

const LATEST = 1_000;
const time = fc.nat(2 * LATEST);
const states = fc.array(fc.record({ activityAt: time, pulsedAt: time }), { maxLength: 6 });

function merged(said: readonly Partial<TabState>[]): TabState {
  const own = newTabState('session');
  for (const state of said) mergeTimes(own, { ...newTabState('session'), ...state }, LATEST);
  return own;
}

test('states are merged by their maximum, whatever their order and however often one comes', () => {
  fc.assert(
    fc.property(states, states, (some, others) => {
      const there = merged([...some, ...others]);
      expect(merged([...others, ...some, ...others])).toEqual(there);
    }),
  );
});

test('times only grow, up to the latest that makes sense', () => {
  fc.assert(
    fc.property(states, (said) => {
      const { activityAt, pulsedAt } = merged(said);
      const sensible = (key: 'activityAt' | 'pulsedAt') =>
        Math.max(0, ...said.map((state) => state[key]).filter((at) => at <= LATEST));
      expect({ activityAt, pulsedAt }).toEqual({
        activityAt: sensible('activityAt'),
        pulsedAt: sensible('pulsedAt'),
      });
    }),
  );
});

test.each([undefined, null, Number.NaN, 'soon'])('a time that is %p changes nothing', (at) => {
  // What another release, or a script of the page, has left in storage.
  const nonsense = { activityAt: at, pulsedAt: at } as unknown as Partial<TabState>;
  expect(merged([{ activityAt: 5, pulsedAt: 6 }, nonsense])).toMatchObject({ activityAt: 5, pulsedAt: 6 });
});
