import { describe, expect, test } from '@jest/globals';
import { createKeyring } from '../../../functions/service-secret/keyring.ts';

const START = 1_700_000_000_000;
const MINUTE = 60_000;
const QUARTER = 900_000;
const secret = (name: string) => `${name} ${'s'.repeat(40)}`;
const unavailable = { code: 'ERR_STORE_UNAVAILABLE', retryAfterMs: 1_000 };

/** A source that counts how often it is asked, and can be rotated and broken. */
function rotating(...secrets: string[]) {
  const source = {
    secrets,
    broken: false,
    reads: 0,
    async read() {
      source.reads += 1;
      if (source.broken) throw new Error('out of reach');
      return source.secrets;
    },
  };
  return { source, keyring: createKeyring(source.read) };
}

/** The name of the version that a secret has, wherever it is kept. */
async function versionOf(name: string): Promise<string> {
  return (await rotating(secret(name)).keyring.current('sign-in', START)).version;
}

test('a key of 256 bits for each use, the same from the same secret, and none that tells of the secret', async () => {
  const { keyring } = rotating(secret('one'));
  const signIn = await keyring.current('sign-in', START);
  const last = await keyring.current('last-session', START);
  const again = await rotating(secret('one')).keyring.current('sign-in', START);
  expect(signIn.bytes).toHaveLength(32);
  expect(signIn.version).toMatch(/^[\w-]{8}$/);
  expect(last.version).toBe(signIn.version);
  expect(last.bytes).not.toEqual(signIn.bytes);
  expect(again).toEqual(signIn);
  expect((await rotating(secret('two')).keyring.current('sign-in', START)).version).not.toBe(signIn.version);
});

test('the secret is read when it is first needed, once for all who wait for it', async () => {
  const { keyring, source } = rotating(secret('one'));
  expect(source.reads).toBe(0);
  await Promise.all([keyring.current('sign-in', START), keyring.current('last-session', START)]);
  await keyring.current('sign-in', START + 1);
  expect(source.reads).toBe(1);
});

test('the newest version seals; each version that is in force opens', async () => {
  const { keyring } = rotating(secret('new'), secret('old'));
  expect((await keyring.current('sign-in', START)).version).toBe(await versionOf('new'));
  const old = await keyring.byVersion('sign-in', await versionOf('old'), START);
  expect(old).toEqual(await rotating(secret('old')).keyring.current('sign-in', START));
});

describe('a version that is not known', () => {
  test('is read, since the secret may have been rotated: what is sealed elsewhere opens here at once', async () => {
    const { keyring, source } = rotating(secret('old'));
    await keyring.current('sign-in', START);
    source.secrets = [secret('new'), secret('old')];
    expect(await keyring.byVersion('sign-in', await versionOf('new'), START + 1)).toBeDefined();
    expect((await keyring.current('sign-in', START + 1)).version).toBe(await versionOf('new'));
    expect(await keyring.byVersion('sign-in', await versionOf('old'), START + 1)).toBeDefined();
    expect(source.reads).toBe(2);
  });

  test('causes one read a minute at most, whoever makes it up', async () => {
    const { keyring, source } = rotating(secret('one'));
    const readsAt = async (at: number) => {
      for (const version of ['AAAAAAAA', 'BBBBBBBB']) {
        expect(await keyring.byVersion('sign-in', version, at)).toBeUndefined();
      }
      return source.reads;
    };
    expect(await readsAt(START)).toBe(2);
    expect(await readsAt(START + MINUTE - 1)).toBe(2);
    expect(await readsAt(START + MINUTE)).toBe(3);
    expect(await readsAt(START + MINUTE + 1)).toBe(3);
  });

  test('while the secret can not be read: unavailable, for the minute in which nothing more is known', async () => {
    const { keyring, source } = rotating(secret('old'));
    await keyring.current('sign-in', START);
    source.secrets = [secret('new'), secret('old')];
    source.broken = true;
    const ask = async (at: number) => keyring.byVersion('sign-in', await versionOf('new'), at);
    await expect(ask(START)).rejects.toMatchObject(unavailable);
    source.broken = false;
    await expect(ask(START + MINUTE - 1)).rejects.toMatchObject(unavailable);
    expect(source.reads).toBe(2);
    expect(await ask(START + MINUTE)).toBeDefined();
  });
});

describe('what was read a quarter of an hour ago', () => {
  test.each([
    [-1, 1],
    [0, 2],
    [1, 2],
  ])('%i ms: %i reads', async (beyond, reads) => {
    const { keyring, source } = rotating(secret('one'));
    await keyring.current('sign-in', START);
    await keyring.current('sign-in', START + QUARTER + beyond);
    expect(source.reads).toBe(reads);
  });

  test('a version that was taken out of force no longer opens anything', async () => {
    const { keyring, source } = rotating(secret('leaked'));
    const leaked = await versionOf('leaked');
    expect(await keyring.byVersion('sign-in', leaked, START)).toBeDefined();
    source.secrets = [secret('second'), secret('first')];
    expect(await keyring.byVersion('sign-in', leaked, START + QUARTER - 1)).toBeDefined();
    expect(await keyring.byVersion('sign-in', leaked, START + QUARTER)).toBeUndefined();
  });

  test('stays in use while it can not be read anew, which is tried once a minute', async () => {
    const { keyring, source } = rotating(secret('one'));
    const { version } = await keyring.current('sign-in', START);
    source.broken = true;
    for (const at of [QUARTER, QUARTER + 1, QUARTER + MINUTE - 1, QUARTER + MINUTE]) {
      expect((await keyring.current('sign-in', START + at)).version).toBe(version);
      expect(await keyring.byVersion('sign-in', version, START + at)).toBeDefined();
    }
    expect(source.reads).toBe(3);
  });
});

describe('a secret that can not be used', () => {
  test('is unavailable, and read again by the next request', async () => {
    const { keyring, source } = rotating(secret('one'));
    source.broken = true;
    await expect(keyring.current('sign-in', START)).rejects.toMatchObject(unavailable);
    await expect(keyring.byVersion('sign-in', 'AAAAAAAA', START)).rejects.toMatchObject(unavailable);
    source.broken = false;
    expect(await keyring.current('sign-in', START)).toBeDefined();
  });

  test.each([
    ['no version', []],
    ['31 characters', ['s'.repeat(31)]],
    ['an older one of 31 characters', [secret('new'), 's'.repeat(31)]],
  ])('%s', async (_, secrets) => {
    await expect(rotating(...secrets).keyring.current('sign-in', START)).rejects.toMatchObject(unavailable);
  });

  test('32 characters are enough', async () => {
    expect(await rotating('s'.repeat(32)).keyring.current('sign-in', START)).toBeDefined();
  });
});
