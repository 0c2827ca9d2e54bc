import { describe, expect, test } from '@jest/globals';
import { BINDABLE_MS, BROWSER_CLOSE, MARK_SCOPE } from '../../../core/contract.ts';
import { end } from '../../../core/lifecycle.ts';
import {
  bindSession,
  checkRun,
  mayBeOfAnotherRun,
  type RunRequest,
} from '../../../functions/sessions/binding.ts';
import { endSession } from '../../../functions/sessions/end.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import type { Store } from '../../../functions/store/store.ts';
import { endReasonOf, hashOf, MINUTE, newSession, T0 } from '../../support/sessions.ts';

const HERE = hashOf('this run');
const ELSEWHERE = hashOf('another run');
const SECRET = hashOf('right');
const ASKED: RunRequest = { runHash: undefined, endsIfOther: false, afterSet: false };

async function begin(input: Parameters<typeof newSession>[0] = { browserClose: 'run' }) {
  const store: Store = createMemoryStore();
  const session = newSession(input);
  await store.create(session, SECRET);
  const credential = { sessionId: session.sessionId, secretHash: SECRET };
  return {
    session,
    credential,
    at: (now: number) => ({ store, now }),
    stored: async () => (await store.read(session.sessionId))!,
    /** The page of a run asks which run it is of. */
    ask: async (now: number, request: Partial<RunRequest> = {}) =>
      checkRun({ store, now }, credential, { ...ASKED, ...request }),
  };
}

describe('bindSession', () => {
  test.each(BROWSER_CLOSE)('binds a young session where its policy says so: %s', async (browserClose) => {
    const { at, credential, stored } = await begin({ browserClose });
    const bound = browserClose !== 'cookie';
    expect(await bindSession(at(T0 + 1), credential, HERE)).toBe(bound ? 'same' : 'unmarked');
    expect((await stored()).binding !== undefined).toBe(bound);
  });

  test.each([-1, 0, 1])('only while it is young: %i ms', async (offset) => {
    const { at, credential } = await begin();
    const run = await bindSession(at(T0 + BINDABLE_MS + offset), credential, HERE);
    expect(run).toBe(offset < 0 ? 'same' : 'unmarked');
  });

  test('once: a page of another run is told so, and changes nothing', async () => {
    const { at, credential, stored } = await begin();
    await bindSession(at(T0 + 1), credential, HERE);
    // Not confirmed yet: the credential of another run means nothing.
    expect(await bindSession(at(T0 + 2), credential, ELSEWHERE)).toBe('unmarked');
    expect((await stored()).binding).toEqual({
      runHash: Uint8Array.from(HERE),
      confirmed: false,
      scope: MARK_SCOPE,
    });
  });

  test('not with a wrong secret, and not once ended', async () => {
    const { at, credential, stored } = await begin();
    const stranger = { ...credential, secretHash: hashOf('wrong') };
    expect(await bindSession(at(T0 + 1), stranger, HERE)).toBe('unmarked');
    await endSession(at(T0 + 2), credential, 'signed-out');
    expect(await bindSession(at(T0 + 3), credential, HERE)).toBe('unmarked');
    expect((await stored()).binding).toBeUndefined();
  });
});

describe('checkRun', () => {
  test('the first time that the browser sends the credential by itself confirms the binding', async () => {
    const { at, credential, ask, stored } = await begin({
      browserClose: 'run',
      unboundIdleTimeoutMs: 5 * MINUTE,
    });
    await bindSession(at(T0 + 1), credential, HERE);
    expect(await ask(T0 + 2)).toMatchObject({ run: 'unmarked', missed: false });
    expect((await stored()).session.idleTimeoutMs).toBe(5 * MINUTE);
    expect(await ask(T0 + 3, { runHash: HERE })).toMatchObject({ run: 'same', missed: false });
    const { binding, session } = await stored();
    expect(binding?.confirmed).toBe(true);
    expect(session.idleTimeoutMs).toBe(15 * MINUTE);
    expect(await ask(T0 + 4, { runHash: ELSEWHERE })).toMatchObject({ run: 'other', missed: false });
    expect(await ask(T0 + 4)).toMatchObject({ run: 'other', missed: false });
  });

  test('a page of another run ends the session only where it may', async () => {
    const { at, credential, ask, stored } = await begin();
    await bindSession(at(T0 + 1), credential, HERE);
    await ask(T0 + 2, { runHash: HERE });
    await ask(T0 + 3, { runHash: ELSEWHERE });
    expect((await stored()).session.state).toBe('active');
    await ask(T0 + 4, { runHash: ELSEWHERE, endsIfOther: true });
    expect(endReasonOf((await stored()).session)).toBe('closed');
  });

  test.each([
    [BINDABLE_MS - 1, false, false],
    [BINDABLE_MS, false, true],
    [BINDABLE_MS + 1, false, true],
    [1, true, true],
  ])(
    'an unbound session is missed %i ms after sign-in (after setting: %p): %p',
    async (age, afterSet, missed) => {
      const { ask } = await begin();
      expect(await ask(T0 + age, { afterSet })).toMatchObject({ run: 'unmarked', missed });
    },
  );

  test('nothing is missed where the policy binds nothing, and nobody is told of a session that is not theirs', async () => {
    const { ask } = await begin({ browserClose: 'cookie' });
    expect(await ask(T0 + MINUTE, { afterSet: true })).toMatchObject({ run: 'unmarked', missed: false });
    const { at, credential } = await begin();
    const stranger = { ...credential, secretHash: hashOf('wrong') };
    expect(await checkRun(at(T0), stranger, { ...ASKED, afterSet: true })).toEqual({
      run: 'unmarked',
      missed: false,
      stored: undefined,
    });
  });
});

describe('mayBeOfAnotherRun', () => {
  const stored = (
    confirmed: boolean | undefined,
    input: Parameters<typeof newSession>[0] = { browserClose: 'run' },
  ) => ({
    session: newSession(input),
    secretHash: SECRET,
    ...(confirmed !== undefined && { binding: { runHash: HERE, confirmed, scope: MARK_SCOPE } }),
  });

  test('a page of a confirmed binding has to be checked at any age', () => {
    expect(mayBeOfAnotherRun(stored(true), T0 + 10 * MINUTE)).toBe(true);
  });

  test.each([-1, 0, 1])('an unconfirmed one only while it can still be bound: %i ms', (offset) => {
    expect(mayBeOfAnotherRun(stored(false), T0 + BINDABLE_MS + offset)).toBe(offset < 0);
    expect(mayBeOfAnotherRun(stored(undefined), T0 + BINDABLE_MS + offset)).toBe(offset < 0);
  });

  test('no page of a session that is not live, or that its policy does not bind', () => {
    const live = stored(true);
    expect(mayBeOfAnotherRun(live, live.session.idleExpiresAt)).toBe(false);
    expect(mayBeOfAnotherRun({ ...live, session: end(live.session, 'idle', T0) }, T0)).toBe(false);
    expect(mayBeOfAnotherRun(stored(true, { browserClose: 'cookie' }), T0)).toBe(false);
  });
});
