import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { SessionError } from '../../core/errors.ts';
import { definePolicy } from '../../core/policy.ts';
import { type Provider, SignInError } from '../../functions/auth/provider.ts';
import { createMetrics } from '../../functions/http/metrics.ts';
import { createMemoryStore } from '../../functions/store/memory.ts';
import { createSweepHandler } from '../../functions/sweep/handler.ts';
import { type AlarmState, alarmState, type Datum, printed, readMetrics } from '../support/alarm-states.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';
import { createAuthHandler } from '../support/handlers.ts';
import { SITE_URL, seededBytes, send } from '../support/http.ts';
import { KEYRING } from '../support/keyring.ts';
import { createRecorder } from '../support/observers.ts';
import { hashOf, MINUTE, newSession, T0 } from '../support/sessions.ts';
import { properties, synthesize } from '../support/stacks.ts';

/** The alarms of the template, by the lines that the handlers print. */
const SERVICE = 'production';
let build: FixtureBuild;
// biome-ignore lint/suspicious/noExplicitAny: templates are data
let alarms: Record<string, any>;
beforeAll(async () => {
  build = await fixtureBuild();
  const { template } = synthesize({ serviceName: SERVICE }, build);
  alarms = Object.fromEntries(
    Object.entries(properties(template, 'AWS::CloudWatch::Alarm')).map(([id, alarm]) => [
      /^SessionsObservability(\w+)[0-9A-F]{8}$/.exec(id)?.[1],
      alarm,
    ]),
  );
});
afterAll(() => build.remove());

let now: number;
let data: Datum[];
beforeEach(() => {
  now = T0;
  data = [];
});

async function observe(work: () => Promise<unknown>): Promise<void> {
  const at = now;
  data.push(...readMetrics(await printed(work), at));
}

/** The state, which has to be the same whatever `FILL` makes of a metric that was never reported. */
function stateOf(alarm: string, before?: AlarmState): AlarmState {
  const given = before && { before };
  const state = alarmState(alarms[alarm], data, now, { ...given, fillsUnknown: true });
  expect(alarmState(alarms[alarm], data, now, { ...given, fillsUnknown: false })).toBe(state);
  return state;
}

/** The metrics as a deployed function prints them. Its other lines are not looked at. */
const observers = (service: string) => ({ log: createRecorder().log, metrics: createMetrics(service) });

/** The sign-in of a service, at a provider that fails as it is told. */
function signIns(service = SERVICE) {
  let state = '';
  let failure: Error | undefined;
  const provider: Provider = {
    async authorizationUrl(request) {
      state = request.state;
      return new URL('https://id.example.com/authorize');
    },
    identify: async () => {
      if (failure) throw failure;
      return { subject: 'ada', authenticatedAt: now };
    },
    signOutUrl: async () => undefined,
  };
  const handler = createAuthHandler({
    ...observers(service),
    keyring: KEYRING,
    store: createMemoryStore(),
    provider,
    policy: definePolicy(),
    siteUrl: SITE_URL,
    reauthentication: 'always',
    missingAuthTime: 'refuse',
    now: () => now,
    randomBytes: seededBytes(),
  });
  const begin = () => send(handler, { path: '/api/auth/sign-in' });
  const finish = (cookies: readonly string[], query: string) =>
    send(handler, { path: '/api/auth/callback', query, cookies });
  return {
    begin,
    finish,
    async signIn(how?: Error | string): Promise<void> {
      failure = how instanceof Error ? how : undefined;
      const { cookies } = await begin();
      await finish(
        [cookies[0]!.split(';')[0]!],
        `${typeof how === 'string' ? how : 'code=c'}&state=${state}`,
      );
    },
  };
}

async function times(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i += 1) await work();
}

describe('sign-in that fails for everyone is heard', () => {
  const failures: [string, Error | string][] = [
    ['the client secret is wrong', new SignInError('sign_in_failed')],
    ['the provider is down', new SignInError('provider_unavailable')],
    ['the table is down', new SessionError('ERR_STORE_UNAVAILABLE')],
    ['the provider’s policy declines', 'error=access_denied'],
  ];
  test.each(failures)('%s: after ten minutes', async (_, how) => {
    const { signIn } = signIns();
    for (const minutes of [5, 10]) {
      expect(stateOf('FailedSignIns')).toBe('OK');
      await observe(() => times(5, () => signIn(how)));
      now = T0 + minutes * MINUTE;
    }
    expect(stateOf('FailedSignIns')).toBe('ALARM');
    expect(stateOf('UnfinishedSignIns')).toBe('OK');
  });

  test('nobody comes back from the provider: after half an hour', async () => {
    const { begin } = signIns();
    for (const minutes of [15, 30]) {
      expect(stateOf('UnfinishedSignIns')).toBe('OK');
      await observe(() => times(10, begin));
      now = T0 + minutes * MINUTE;
    }
    expect([stateOf('UnfinishedSignIns'), stateOf('FailedSignIns')]).toEqual(['ALARM', 'OK']);
  });

  test('not where half of them succeed, nor where few fail', async () => {
    const { signIn } = signIns();
    for (const minutes of [5, 10]) {
      await observe(() => times(6, () => signIn(new SignInError('sign_in_failed'))));
      await observe(() => times(6, () => signIn()));
      now = T0 + minutes * MINUTE;
    }
    expect(stateOf('FailedSignIns')).toBe('OK');
    for (const minutes of [15, 20]) {
      await observe(() => times(4, () => signIn(new SignInError('sign_in_failed'))));
      now = T0 + minutes * MINUTE;
    }
    expect(stateOf('FailedSignIns')).toBe('OK');
  });

  test('one in ten that finishes is enough, and a stranger who loads the callback’s address is no sign-in', async () => {
    const { begin, signIn, finish } = signIns();
    for (const minutes of [15, 30]) {
      await observe(async () => {
        await times(9, begin);
        await signIn();
        await times(30, () => finish([], 'code=c&state=made-up'));
      });
      now = T0 + minutes * MINUTE;
    }
    expect([stateOf('UnfinishedSignIns'), stateOf('FailedSignIns')]).toEqual(['OK', 'OK']);
  });

  test('by the alarms of its own service alone', async () => {
    const { signIn } = signIns('staging');
    for (const minutes of [5, 10]) {
      await observe(() => times(10, () => signIn(new SignInError('sign_in_failed'))));
      now = T0 + minutes * MINUTE;
    }
    expect(stateOf('FailedSignIns')).toBe('OK');
  });
});

describe('the sweep', () => {
  /** Sweeps once a minute. @param isStuck whether the table takes no end of a session */
  async function sweep(minutes: number, { service = SERVICE, isStuck = false } = {}): Promise<void> {
    const memory = createMemoryStore({ dueShards: 2 });
    await memory.create(newSession(), hashOf('right'));
    const down = async () => {
      throw new SessionError('ERR_STORE_UNAVAILABLE');
    };
    const store = isStuck ? { ...memory, end: down, rearm: down } : memory;
    const handler = createSweepHandler({
      ...observers(service),
      store,
      now: () => now,
      wait: async () => undefined,
      everyMs: MINUTE,
      concurrency: 1,
    });
    const context: Pick<Context, 'getRemainingTimeInMillis'> = { getRemainingTimeInMillis: () => 75_000 };
    await times(minutes, async () => {
      await observe(() => handler({}, context));
      now += MINUTE;
    });
  }

  test('that can’t end sessions is heard though none ends, and so announces no lateness', async () => {
    now = T0 + 20 * MINUTE;
    await sweep(1, { isStuck: true });
    expect(stateOf('LateEndings')).toBe('OK');
    await sweep(4, { isStuck: true });
    expect(data.map(({ name }) => name)).not.toContain('ExpiryLateness');
    expect(stateOf('LateEndings')).toBe('ALARM');
    now += 10 * MINUTE;
    expect(stateOf('LateEndings', 'ALARM')).toBe('ALARM');
    await sweep(5);
    expect(stateOf('LateEndings')).toBe('OK');
  });

  test('is missed after five silent minutes, and not before its first one', async () => {
    expect(stateOf('SweepSilent')).toBe('INSUFFICIENT_DATA');
    now += 10 * MINUTE;
    expect(stateOf('SweepSilent')).toBe('INSUFFICIENT_DATA');
    await sweep(3);
    expect(stateOf('SweepSilent')).toBe('OK');
    now += 4 * MINUTE;
    expect(stateOf('SweepSilent')).toBe('OK');
    now += MINUTE;
    expect(stateOf('SweepSilent')).toBe('INSUFFICIENT_DATA');
  });

  test('of another stage does not hide its silence', async () => {
    await sweep(10, { service: 'staging' });
    expect(stateOf('SweepSilent')).toBe('INSUFFICIENT_DATA');
  });
});
