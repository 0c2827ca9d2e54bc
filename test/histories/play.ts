import type { BrowserClose } from '../../core/contract.ts';
import { Browser, idInCookie } from './browser.ts';
import type { History } from './observations.ts';
import { createRandom, type Random } from './random.ts';
import { createWorld, type Ground, type World } from './world.ts';

const MINUTE = 60_000;

/** One history: what happened, and what it was made from. */
export interface Played {
  readonly seed: number;
  readonly operations: number;
  readonly faults: number;
  readonly history: History;
}

const WEIGHTS = {
  touch: 22,
  guard: 22,
  background: 6,
  status: 8,
  list: 3,
  'sign-in': 9,
  open: 10,
  close: 10,
  'slow messages': 8,
  'run-set': 5,
  'run-check': 6,
  restart: 1,
  'sign-out': 2,
  revoke: 3,
  stranger: 2,
  sweep: 10,
  publish: 14,
  'late requests': 5,
  'rows expire': 2,
} as const;
type Operation = keyof typeof WEIGHTS;
/** What needs a session. */
const NEEDS_SESSION = ({ isSignedIn }: Browser) => isSignedIn;

/** Plays a random history of at least so many operations, and then lets everything come to rest. */
export async function play(ground: Ground, seed: number, atLeast = 60): Promise<Played> {
  const random = createRandom(seed);
  const idleTimeoutMs = random.pick([5, 15]) * MINUTE;
  const skewMs = random.pick([0, 4_000, 4_000, 600_000]);
  const maxSessions = random.pick([undefined, undefined, 2]);
  const isSweepDown = random.chance(0.15);
  const browserClose = random.pick<BrowserClose>(['cookie', 'run', 'last-page', 'last-page']);
  const world = await createWorld(ground, {
    random: createRandom(seed + 1),
    policy: {
      idleTimeoutMs,
      absoluteTimeoutMs: random.pick([40, 480]) * MINUTE,
      warnBeforeMs: MINUTE,
      browserClose,
      ...(browserClose !== 'cookie' && random.chance(0.3) && { unboundIdleTimeoutMs: idleTimeoutMs / 2 }),
    },
    maxSessions,
    skewMs,
    faultRate: random.pick([0, 0.05, 0.15, 0.3]),
  });
  const browsers = Array.from(
    { length: random.int(1, 4) },
    (_, index) => new Browser(world, createRandom(seed + 2 + index), index < 3 ? 'ada' : 'bob'),
  );
  let operations = 0;
  while (operations < atLeast) {
    await world.pass(pause(random, idleTimeoutMs, skewMs, world));
    const together = random.int(1, 6);
    const round = Array.from({ length: together }, () =>
      begin(world, browsers, random, isSweepDown, together === 1),
    );
    await Promise.all(round);
    operations += together;
    await world.readStream();
  }
  await rest(world, isSweepDown);
  const { observations, versions, announcements, setAside, sweeps } = world;
  const history: History = {
    observations,
    versions,
    announcements: [...announcements],
    setAside,
    sweeps,
    skewMs,
    maxSessions,
  };
  const faults = Object.values(world.faults).reduce((total, count) => total + count, 0);
  await world.close();
  return { seed, operations, faults, history };
}

/** Mostly moments, sometimes about as long as a deadline: a millisecond before, at it, and after. */
function pause(random: Random, idleTimeoutMs: number, skewMs: number, world: World): number {
  const near = random.int(-1, 1);
  const deadlines = world.deadlines();
  if (deadlines.length > 0 && random.chance(0.2)) {
    const at = random.pick(deadlines) + random.pick([near, random.int(-skewMs / 2, skewMs / 2)]);
    return Math.max(0, at - world.now());
  }
  return random.pick([
    0,
    1,
    random.int(2, 999),
    random.int(1_000, 9_999),
    10_000,
    30_000 + near,
    MINUTE + near,
    random.int(MINUTE, 4 * MINUTE),
    idleTimeoutMs / 2,
    ...(random.chance(0.4) ? [idleTimeoutMs + near] : []),
    ...(random.chance(0.05) ? [2 * 3_600_000] : []),
  ]);
}

async function begin(
  world: World,
  browsers: readonly Browser[],
  random: Random,
  isSweepDown: boolean,
  alone: boolean,
): Promise<unknown> {
  const operation = random.weighted<Operation>(WEIGHTS);
  const server = random.pick(world.servers);
  const idleForMs = random.pick([0, 0, 0, random.int(1, 20_000), random.int(20_000, 10 * MINUTE)]);
  const flag = random.chance(0.5);
  const isSlow = random.chance(0.25);
  const another = random.pick(world.servers);
  const sweeper = random.int(0, 1);
  if (operation === 'sweep') return isSweepDown ? undefined : world.sweep(sweeper, alone);
  if (operation === 'publish') return world.deliver(random.chance(0.1));
  if (operation === 'late requests') return world.deliverLate();
  if (operation === 'rows expire') return world.expireRows(0.5);
  const candidates = operation === 'sign-in' ? browsers : browsers.filter(NEEDS_SESSION);
  const browser = candidates.length > 0 ? random.pick(candidates) : random.pick(browsers);
  if (operation === 'sign-in' || candidates.length === 0) return browser.finishSignIn(server);
  const operations: Record<
    Exclude<Operation, 'sweep' | 'publish' | 'late requests' | 'rows expire' | 'sign-in'>,
    () => unknown
  > = {
    touch: () => browser.touch(server, idleForMs, flag),
    guard: () => browser.guarded(server, idleForMs),
    background: () => browser.guarded(server, undefined),
    status: () => browser.status(server),
    list: () => browser.list(server),
    open: () => browser.open(server, isSlow),
    close: () => browser.close(server, isSlow, flag ? another : undefined),
    'slow messages': () => browser.sendDelayed(),
    'run-set': () => browser.runSet(server),
    'run-check': () => browser.runCheck(server),
    restart: () => browser.restart(),
    'sign-out': () => browser.signOut(server),
    revoke: () => browser.revoke(server, random.pick(['others', 'all', targetOf(random, browsers)])),
    stranger: () => browser.stranger(server),
  };
  return operations[operation]();
}

function targetOf(random: Random, browsers: readonly Browser[]): string {
  const cookies = browsers.flatMap((browser) => browser.cookies);
  return idInCookie(random.pick(cookies));
}

/** Faults stop, time passes until everything must be over, and all of it is announced. */
async function rest(world: World, isSweepDown: boolean): Promise<void> {
  await world.heal();
  await world.readStream();
  if (!isSweepDown) await world.sweep(0, true);
  // Beyond every absolute limit; where the sweep is down, beyond every `ttl` as well.
  await world.pass(10 * 3_600_000);
  if (isSweepDown) await world.expireRows(0.5);
  await world.readStream();
  await world.sweep(1, true);
  await world.deliverAll();
}
