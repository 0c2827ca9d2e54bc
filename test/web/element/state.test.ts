import { describe, expect, test } from '@jest/globals';
import { LOADING } from '../../../web/client/snapshot.ts';
import type { Snapshot } from '../../../web/client/types.ts';
import {
  type Choice,
  type Circumstances,
  type DialogState,
  dialogState,
  endedDisplay,
  isAnnounced,
  UNANNOUNCED,
  viewOf,
} from '../../../web/element/state.ts';

const WARNING: Snapshot = { ...LOADING, status: 'warning', remainingSeconds: 90, extendable: true };
const OFFLINE: Snapshot = { ...WARNING, connection: 'offline' };
const UNAVAILABLE: Snapshot = { ...WARNING, connection: 'unavailable' };
const ACTIVE: Snapshot = { ...LOADING, status: 'active', extendable: false };
const LAST: Snapshot = { ...WARNING, extendable: false };
const CHOICES: Choice[] = ['', 'staying', 'failed'];
const MINUTE = 60_000;
/** 12 hours in all, of which most are to come. */
const EARLY: Circumstances = {
  choice: '',
  dismissed: '',
  absoluteLeftMs: 600 * MINUTE,
  absoluteWarnBeforeMs: 10 * MINUTE,
};

describe('what the dialog shows', () => {
  test.each(['loading', 'none', 'active'] as const)('nothing while the session is %s', (status) => {
    for (const choice of CHOICES) {
      expect(dialogState({ ...WARNING, status }, { ...EARLY, choice })).toBe('');
    }
  });

  test('the end, whatever was chosen and whatever became of it', () => {
    for (const choice of CHOICES) {
      expect(dialogState({ ...OFFLINE, status: 'ended' }, { ...EARLY, choice })).toBe('ended');
    }
  });

  test.each<[string, Snapshot, Choice, string]>([
    ['a warning', WARNING, '', 'warning'],
    ['a warning whose extension failed, online again', WARNING, 'failed', 'warning'],
    ['an extension under way', WARNING, 'staying', 'extending'],
    ['an extension under way, offline', OFFLINE, 'staying', 'extending'],
    ['no network', OFFLINE, '', 'offline'],
    ['no network at the end', { ...OFFLINE, remainingSeconds: 0 }, '', 'unsure'],
    ['no network a second before', { ...OFFLINE, remainingSeconds: 1 }, '', 'offline'],
    ['a server that gives no answer at the end', { ...UNAVAILABLE, remainingSeconds: 0 }, 'failed', 'unsure'],
    [
      'no answer at an end that nothing extends',
      { ...OFFLINE, extendable: false, remainingSeconds: 0 },
      '',
      'unsure',
    ],
    ['an answer that is awaited at the end', { ...WARNING, remainingSeconds: 0 }, '', 'warning'],
    ['an extension that failed', OFFLINE, 'failed', 'failed'],
    ['a server that gives no answer', UNAVAILABLE, '', 'failed'],
    ['an extension to which it gave none', UNAVAILABLE, 'failed', 'failed'],
    ['an extension under way meanwhile', UNAVAILABLE, 'staying', 'extending'],
  ])('%s', (_name, snapshot, choice, state) => {
    expect(dialogState(snapshot, { ...EARLY, choice })).toBe(state);
  });

  test.each<[string, Snapshot, number, DialogState, DialogState]>([
    ['nothing a ms before it is time', ACTIVE, 10 * MINUTE + 1, '', ''],
    ['a notice when it is time', ACTIVE, 10 * MINUTE, '', 'limit'],
    ['a notice in a warning that nothing extends', LAST, MINUTE + 1, '', 'limit'],
    ['a modal in the last minute', ACTIVE, MINUTE, '', 'absolute'],
    ['a modal in the last minute of a warning', LAST, MINUTE, '', 'absolute'],
    ['the warning first, where extending is worth it', WARNING, MINUTE, '', 'warning'],
    ['nothing once the notice is closed', ACTIVE, MINUTE + 1, 'limit', ''],
    ['the modal all the same', ACTIVE, MINUTE, 'limit', 'absolute'],
    ['a notice once the modal is closed', ACTIVE, MINUTE, 'absolute', 'limit'],
  ])('of the absolute limit: %s', (_name, snapshot, absoluteLeftMs, dismissed, state) => {
    expect(dialogState(snapshot, { ...EARLY, absoluteLeftMs, dismissed })).toBe(state);
  });
});

describe('where it shows', () => {
  test.each<[DialogState, DialogState, string, string]>([
    ['', '', 'cover', ''],
    ['warning', '', 'event', 'modal'],
    ['absolute', '', 'notice', 'modal'],
    ['limit', '', 'cover', 'notice'],
    ['ended', '', 'cover', 'modal'],
    ['ended', '', 'redirect', 'modal'],
    ['ended', '', 'no such mode', 'modal'],
    ['ended', '', 'notice', 'notice'],
    ['ended', 'limit', 'notice', 'notice'],
    ['ended', 'ended', 'notice', ''],
    ['ended', '', 'event', ''],
  ])('%p, after the user closed %p, with ended="%s": %p', (state, dismissed, ended, view) => {
    expect(viewOf(state, dismissed, ended)).toBe(view);
  });
});

describe('what shows at the end', () => {
  test.each([
    [null, true, 'cover'],
    [null, false, 'notice'],
    ['cover', false, 'cover'],
    ['notice', true, 'notice'],
    ['event', false, 'event'],
    ['redirect', true, 'redirect'],
    // The page to which another has led leads nowhere.
    ['redirect', false, 'notice'],
  ])('where the page wants %p, and has known a live session: %p', (wanted, isKnown, ended) => {
    expect(endedDisplay(wanted, isKnown)).toBe(ended);
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
