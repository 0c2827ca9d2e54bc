import { describe, expect, test } from '@jest/globals';
import { openSignIn, type SignIn, sealSignIn, signInOf } from '../../../functions/auth/sign-in-state.ts';
import { seal } from '../../../functions/service-secret/seal.ts';
import { seededBytes } from '../../support/http.ts';
import { KEYRING, keyringOf } from '../../support/keyring.ts';

const START = 1_700_000_000_000;
const MINE = 'm'.repeat(43);
const THEIRS = 't'.repeat(43);
const signIn: SignIn = {
  returnTo: '/orders?page=2#top',
  startedAt: START,
  reauthenticate: true,
  isInWindow: false,
  previousSessionId: 'p'.repeat(22),
};

const begin = (more: Partial<SignIn> = {}, browser = MINE, seed = 'one', keyring = KEYRING) =>
  sealSignIn({ ...signIn, ...more }, browser, { keyring, randomBytes: seededBytes(seed) });
const finish = async (state: string, browser = MINE, now = START, keyring = KEYRING) =>
  signInOf(await openSignIn(state, { keyring, now }), browser, now);
const code = (work: Promise<unknown>) =>
  work.then(
    () => 'opened',
    (error: { code: string }) => error.code,
  );

test('comes back as it left, with the nonce and the verifier that went to the provider', async () => {
  const less = { previousSessionId: undefined, reauthenticate: false, returnTo: '/' };
  for (const more of [{}, less, { isInWindow: true }]) {
    const proof = await begin(more);
    expect(await finish(proof.state)).toEqual({ ...signIn, ...more, ...proof });
  }
});

test('says whether it is in a small window, however late and in whatever browser, and only if it was sealed here', async () => {
  const options = { keyring: KEYRING, now: START + 86_400_000 };
  const { state } = await begin({ isInWindow: true });
  expect((await openSignIn(state, options))?.isInWindow).toBe(true);
  expect((await openSignIn((await begin()).state, options))?.isInWindow).toBe(false);
  const forged = await begin(
    { isInWindow: true },
    MINE,
    'forged',
    keyringOf('the service secret of somebody else'),
  );
  for (const other of [forged.state, `${state}A`, state.slice(1), 'popup', '']) {
    expect(await openSignIn(other, options)).toBeUndefined();
  }
});

test('tells nobody who carries it what is in it', async () => {
  const { state, nonce, codeVerifier } = await begin();
  const seen = state + Buffer.from(state.split('.')[1]!, 'base64url').toString('latin1');
  for (const text of [
    'orders',
    'returnTo',
    String(START),
    signIn.previousSessionId!,
    MINE,
    nonce,
    codeVerifier,
  ]) {
    expect(seen).not.toContain(text);
  }
});

test('nonce and verifier have 256 bits, and are another ones in each sign-in and in each browser', async () => {
  const proofs = [await begin(), await begin({}, MINE, 'two'), await begin({}, THEIRS)];
  const values = proofs.flatMap(({ nonce, codeVerifier }) => [nonce, codeVerifier]);
  // RFC 7636 §4.1: 43 to 128 characters.
  for (const value of values) expect(value).toMatch(/^[\w-]{43}$/);
  expect(new Set(values).size).toBe(6);
});

test('is of no use in another browser', async () => {
  const { state } = await begin();
  expect(await code(finish(state, THEIRS))).toBe('sign_in_mismatch');
  expect(await code(finish(state))).toBe('opened');
});

test.each([
  [-1, 'opened'],
  [0, 'sign_in_expired'],
  [1, 'sign_in_expired'],
])('is good for ten minutes: %i ms', async (beyond, told) => {
  const { state } = await begin();
  expect(await code(finish(state, MINE, START + 600_000 + beyond))).toBe(told);
});

describe('is expired', () => {
  test.each<[string, (state: string) => string]>([
    ['empty', () => ''],
    ['as the last release made it', () => 's'.repeat(43)],
    ['cut', (state) => state.slice(0, -1)],
    ['cut to its version', (state) => state.slice(0, 9)],
    ['lengthened', (state) => `${state}A`],
    ['with another version', (state) => `AAAAAAAA${state.slice(8)}`],
    ['changed', (state) => `${state.slice(0, 60)}${state[60] === 'A' ? 'B' : 'A'}${state.slice(61)}`],
    ['percent-encoded', (state) => state.replace('.', '%2E')],
  ])('%s', async (_, change) => {
    const { state } = await begin();
    expect(await code(finish(change(state)))).toBe('sign_in_expired');
  });

  test('by the secret of another service, or sealed for another use, or of another form', async () => {
    const { state } = await begin({}, MINE, 'one', keyringOf('the service secret of somebody else'));
    expect(await code(finish(state))).toBe('sign_in_expired');
    const sealing = { keyring: KEYRING, now: START };
    const bytes = seededBytes('another use');
    const other = await seal({ ...sealing, use: 'last-session' }, '{"to":"/"}', bytes);
    expect(await code(finish(other))).toBe('sign_in_expired');
    const form = await seal({ ...sealing, use: 'sign-in' }, '{"to":"/"}', bytes);
    expect(await code(finish(form))).toBe('sign_in_expired');
  });
});

test('what another release adds to it is no obstacle', async () => {
  const { state } = await begin();
  const content = {
    ...{ to: '/', at: START, again: false, salt: 'c2FsdA', more: { of: 'it' } },
    browser: 'aIS8cLLwHpZRqLo4NS6a35NNW8TLlrb3eVwkkfv9GoQ',
  };
  expect(state.length).toBeGreaterThan(JSON.stringify(content).length);
  const bytes = seededBytes('newer');
  const newer = await seal({ keyring: KEYRING, now: START, use: 'sign-in' }, JSON.stringify(content), bytes);
  expect(await code(finish(newer))).toBe('sign_in_mismatch');
});

test('is as long as its returnTo makes it: under 400 characters for a short one, about 3,000 for the longest', async () => {
  expect((await begin({ returnTo: '/' })).state.length).toBeLessThan(400);
  const { length } = (await begin({ returnTo: `/${'a'.repeat(2_047)}` })).state;
  expect(length).toBeGreaterThan(3_000);
  expect(length).toBeLessThan(3_150);
});
