import { describe, expect, test } from '@jest/globals';
import { BINDING_PASS_MS, MARK_SCOPE, MARK_SCOPE_BEFORE } from '../../../core/contract.ts';
import { isPass, issuePass, issuePassOfBefore } from '../../../functions/sessions/binding-pass.ts';
import type { Binding, StoredSession } from '../../../functions/store/stored-session.ts';
import fc from '../../support/fast-check.ts';
import { hashOf, newSession, T0 } from '../../support/sessions.ts';

const boundTo = (run: string, more: Partial<Binding> = {}): Binding => ({
  runHash: hashOf(run),
  confirmed: true,
  scope: MARK_SCOPE,
  ...more,
});
const session = newSession({ browserClose: 'run' });
const stored = (binding?: Binding): StoredSession => ({ session, secretHash: hashOf('secret'), binding });

/** What a session may know of its run. Only the first is signed with what the cookie's holder does not know. */
const BINDINGS = {
  'bound, and confirmed': boundTo('this'),
  'bound, not confirmed': boundTo('this', { confirmed: false }),
  'bound by the last release': boundTo('this', { scope: MARK_SCOPE_BEFORE }),
  'not bound': undefined,
};

describe.each(Object.entries(BINDINGS))('a pass of a session that is %s', (_, binding) => {
  const of = stored(binding);

  test.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('%i ms from its end: %s', (offset, good) => {
    expect(isPass(issuePass(of, T0), of, T0 + BINDING_PASS_MS + offset)).toBe(good);
  });

  test("another session's, one from the future and one with another end are worth nothing", () => {
    const pass = issuePass(of, T0);
    const another = { ...of, session: newSession(), secretHash: hashOf('other') };
    expect(isPass(pass, another, T0)).toBe(false);
    expect(isPass(issuePass(of, T0 + 1), of, T0)).toBe(false);
    expect(isPass(pass.replace(/^\d+/, String(T0 + BINDING_PASS_MS - 1)), of, T0)).toBe(false);
  });

  test('whatever else is shown as a pass is none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{13}\.[\w-]{43}$/)), (value) => {
        expect(isPass(value, of, T0)).toBe(false);
      }),
    );
    expect(isPass(undefined, of, T0)).toBe(false);
  });
});

describe('of a session that is bound, and confirmed, a pass', () => {
  const of = stored(BINDINGS['bound, and confirmed']);

  test('can be made by nobody who knows the secret and not the mark', () => {
    for (const binding of Object.values(BINDINGS).slice(1)) {
      expect(isPass(issuePass(stored(binding), T0), of, T0)).toBe(false);
    }
    expect(isPass(issuePassOfBefore(of, T0), of, T0)).toBe(false);
  });

  test('of another run, or of another session in the same run, is worth nothing', () => {
    expect(isPass(issuePass(stored(boundTo('another')), T0), of, T0)).toBe(false);
    const sameRun = { ...of, session: newSession({ browserClose: 'run' }) };
    expect(isPass(issuePass(sameRun, T0), of, T0)).toBe(false);
  });
});

test('a guard of the last release takes the pass that is made for it, whatever the session is bound to', () => {
  for (const binding of Object.values(BINDINGS)) {
    // That release signs with the hash of the secret, as this one does where no mark is needed.
    expect(issuePassOfBefore(stored(binding), T0)).toBe(issuePass(stored(undefined), T0));
  }
});
