import { expect, test } from '@jest/globals';
import { play } from './play.ts';
import type { Outcome, Prepared, Targets } from './targets.ts';
import { createWorld, type World } from './world.ts';

const OK: Outcome = { status: 200, headers: {}, cookies: [], text: '' };

/** The problems of a run against one front. */
async function problemsOf(send: (world: World) => Promise<Partial<Outcome>>): Promise<readonly string[]> {
  const world = createWorld();
  const target = async (): Promise<Prepared> => ({
    sent: {},
    send: async () => ({ ...OK, ...(await send(world)) }),
  });
  const targets: Targets = { targets: { target }, [Symbol.asyncDispose]: async () => undefined };
  const seed = 1;
  return (await play(world, targets, seed)).problems;
}

const secretOf = (world: World, name: string) =>
  world.secrets().find((secret) => secret.name === name)!.texts[0]!;

test('a front that answers as it should has no problem', async () => {
  expect(await problemsOf(async () => ({}))).toEqual([]);
});

test.each<[string, (world: World) => Promise<Partial<Outcome>>, RegExp]>([
  ['a 5xx', async () => ({ status: 500 }), /^status 500/],
  [
    'an outage that nobody injected',
    async () => ({ status: 503, headers: { 'retry-after': '1' } }),
    /^status 503/,
  ],
  [
    'what is thrown',
    async () => {
      throw new Error('broken on purpose');
    },
    /^thrown: Error: broken on purpose/,
  ],
  ['a stack', async () => ({ text: 'at here.ts:1' }), /^a stack/],
  [
    'a secret in a body',
    async (world) => ({ text: `x${secretOf(world, 'secret of live')}y` }),
    /^the secret of live in a reply/,
  ],
  [
    'a hash in a header',
    async (world) => ({ headers: { 'x-a': secretOf(world, 'hash of other') } }),
    /^the hash of other in a reply/,
  ],
  [
    'a secret of before in a cookie',
    async (world) => ({ cookies: [`a=${secretOf(world, 'origin secret')}`] }),
    /^the origin secret in a redirect or cookie/,
  ],
  [
    'something random in a body',
    async (world) => ({ text: Buffer.from(world.randomBytes(32)).toString('base64url') }),
    /^the something random in a reply/,
  ],
  [
    'a secret in the log',
    async (world) => {
      process.stdout.write(`${secretOf(world, 'client secret')}\n`);
      return {};
    },
    /^the client secret in the log/,
  ],
  [
    'a defect in the log',
    async () => {
      process.stderr.write('{"code":"ERR_INTERNAL"}\n');
      return {};
    },
    /^a defect in the log/,
  ],
])('is found: %s', async (_, send, problem) => {
  const problems = await problemsOf(send);
  expect(problems).toEqual([expect.stringMatching(problem)]);
});

test('a new secret is allowed in a cookie, and a new state in a redirect', async () => {
  const problems = await problemsOf(async (world) => {
    const made = () => Buffer.from(world.randomBytes(32)).toString('base64url');
    return {
      cookies: [`__Host-session=${made()}`],
      headers: { location: `https://id.example/?state=${made()}` },
    };
  });
  expect(problems).toEqual([]);
});
