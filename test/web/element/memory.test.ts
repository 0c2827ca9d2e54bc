import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SessionStatus } from '../../../web/client/index.ts';
import { keepClosed, memory, remember, wasClosed } from '../../../web/element/memory.ts';

const AT = Date.UTC(2026, 10, 27, 14);
const MINUTE = 60_000;
// Of a status, the memory looks at the id alone.
const session = (sessionId: string) => ({ sessionId }) as SessionStatus;

function storage(kept: Map<string, string>): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}
const put = (value: unknown) =>
  Object.defineProperty(globalThis, 'localStorage', { value, configurable: true, writable: true });

beforeEach(() => {
  put(storage(new Map()));
});
afterEach(() => {
  Reflect.deleteProperty(globalThis, 'localStorage');
});

describe('the notice of an end that was closed', () => {
  test.each([
    [-MINUTE, false],
    [-MINUTE + 1, true],
    [0, true],
    [MINUTE - 1, true],
    [MINUTE, false],
  ])('stays closed for what ended within a minute of it: %i ms later: %p', (later, isClosed) => {
    expect(wasClosed(AT)).toBe(false);
    keepClosed(AT);
    expect(wasClosed(AT + later)).toBe(isClosed);
  });

  test.each([
    ['an end without a time', null, null, true],
    ['the same end, once nobody knows its time any more', AT, null, true],
    ['an end whose time is known, after one without', null, AT, false],
  ])('stays closed for %s', (_title, closed, endedAt, isClosed) => {
    keepClosed(closed);
    expect(wasClosed(endedAt)).toBe(isClosed);
  });

  test('is forgotten once another session is live, and not by the same', () => {
    remember(session('a'));
    keepClosed(null);
    memory.dismissed = 'limit';
    memory.isOwnSignOut = true;
    remember(session('a'));
    expect([wasClosed(null), memory.dismissed, memory.isOwnSignOut]).toEqual([true, 'limit', true]);
    remember(session('b'));
    expect([wasClosed(null), memory.dismissed, memory.isOwnSignOut]).toEqual([false, '', false]);
    expect(memory.known).toEqual(session('b'));
  });

  test('comes again where nothing can be stored', () => {
    put(undefined);
    Object.defineProperty(globalThis, 'localStorage', {
      get() {
        throw new Error('forbidden');
      },
      configurable: true,
    });
    keepClosed(AT);
    expect(wasClosed(AT)).toBe(false);
    remember(session('c'));
  });
});
