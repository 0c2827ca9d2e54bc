import { describe, expect, test } from '@jest/globals';
import { LOADING } from '../../../web/client/snapshot.ts';
import type { Snapshot } from '../../../web/client/types.ts';
import { type Choice, dialogState, isAnnounced, UNANNOUNCED } from '../../../web/element/state.ts';

const WARNING: Snapshot = { ...LOADING, status: 'warning', remainingSeconds: 90, extendable: true };
const OFFLINE: Snapshot = { ...WARNING, connection: 'offline' };
const UNAVAILABLE: Snapshot = { ...WARNING, connection: 'unavailable' };
const LAST: Snapshot = { ...WARNING, extendable: false };
const CHOICES: Choice[] = ['', 'staying', 'failed', 'dismissed'];

describe('what the dialog shows', () => {
  test.each(['loading', 'none', 'active'] as const)('nothing while the session is %s', (status) => {
    for (const choice of CHOICES) {
      expect(dialogState({ ...WARNING, status }, choice)).toBe('');
    }
  });

  test('the end, whatever was chosen and whatever became of it', () => {
    for (const choice of CHOICES) {
      expect(dialogState({ ...OFFLINE, status: 'ended' }, choice)).toBe('ended');
    }
  });

  test.each<[string, Snapshot, Choice, string]>([
    ['a warning', WARNING, '', 'warning'],
    ['a warning whose extension failed, online again', WARNING, 'failed', 'warning'],
    ['an extension under way', WARNING, 'staying', 'extending'],
    ['an extension under way, offline', OFFLINE, 'staying', 'extending'],
    ['no network', OFFLINE, '', 'offline'],
    ['an extension that failed', OFFLINE, 'failed', 'failed'],
    ['a server that gives no answer', UNAVAILABLE, '', 'failed'],
    ['an extension to which it gave none', UNAVAILABLE, 'failed', 'failed'],
    ['an extension under way meanwhile', UNAVAILABLE, 'staying', 'extending'],
    ['the absolute limit', LAST, '', 'absolute'],
    ['nothing once the absolute limit has been dismissed', LAST, 'dismissed', ''],
  ])('%s', (_name, snapshot, choice, state) => {
    expect(dialogState(snapshot, choice)).toBe(state);
  });
});

/** The seconds at which a countdown is announced that opens with `from` and is looked at every `everySeconds`. */
function announcements(from: number, everySeconds = 1): number[] {
  const announced: number[] = [];
  for (let left = from; left >= 0; left -= everySeconds) {
    if (isAnnounced(left, announced.at(-1) ?? UNANNOUNCED)) announced.push(left);
  }
  return announced;
}

describe('the countdown is announced', () => {
  test.each([
    [120, [120, 60, 40, 20]],
    // A mark within the 10 s of quiet is made up for at their end.
    [61, [61, 51, 40, 20]],
    [60, [60, 40, 20]],
    [50, [50, 40, 20]],
    [49, [49, 39, 20]],
    [20, [20]],
    [1, [1]],
  ])('when the dialog opens with %i s, then seldom', (from, seconds) => {
    expect(announcements(from)).toEqual(seconds);
  });

  test('never twice within 10 s, and never at 0, however the seconds come', () => {
    for (let from = 1; from <= 300; from += 1) {
      for (const everySeconds of [1, 3, 7]) {
        const announced = announcements(from, everySeconds);
        for (const [index, left] of announced.slice(1).entries()) {
          expect((announced[index] ?? 0) - left).toBeGreaterThanOrEqual(10);
          expect(left).toBeGreaterThan(0);
        }
      }
    }
  });
});
