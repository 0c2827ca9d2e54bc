import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { SessionError } from '../../core/errors.ts';
import { definePolicy } from '../../core/policy.ts';
import { type Provider, SignInError } from '../../functions/auth/provider.ts';
import { createSkewObserver } from '../../functions/http/clock-skew.ts';
import { createMetrics } from '../../functions/http/metrics.ts';
import { createPublishHandler } from '../../functions/publish/handler.ts';
import { createMemoryStore } from '../../functions/store/memory.ts';
import { createSweepHandler } from '../../functions/sweep/handler.ts';
import {
  type AlarmState,
  alarmState,
  type Datum,
  isCompositeRaised,
  printed,
  readMetrics,
} from '../support/alarm-states.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';
import { createFailureQueueDouble } from '../support/failure-queue.ts';
import { createAuthHandler, createSessionHandler } from '../support/handlers.ts';
import { SITE_URL, seededBytes, send, signedIn } from '../support/http.ts';
import { KEYRING } from '../support/keyring.ts';
import { createRecorder } from '../support/observers.ts';
import { hashOf, MINUTE, newSession, T0 } from '../support/sessions.ts';
import { properties, synthesize } from '../support/stacks.ts';
import { streamRecord } from '../support/stream-records.ts';

/** The alarms of the template, by the lines that the handlers print and by what AWS counts of their invocations. */
const SERVICE = 'production';
const HOUR = 60 * MINUTE;
let build: FixtureBuild;
// biome-ignore lint/suspicious/noExplicitAny: templates are data
let alarms: Record<string, any>;
let unhealthyRule: string;
/** Logical ids of the resources, which are their names and ARNs here. */
let ids: string[];
beforeAll(async () => {
  build = await fixtureBuild();
  const { template } = synthesize({ serviceName: SERVICE }, build);
  const references = /\{"(?:Ref":("\w+")|Fn::GetAtt":\[("\w+"),"\w+"\])\}/g;
  const named = (type: string) =>
    Object.entries(properties(template, type)).map(
      ([id, resource]) => [id, JSON.parse(JSON.stringify(resource).replace(references, '$1$2'))] as const,
    );
  ids = Object.keys(template.toJSON().Resources);
  alarms = Object.fromEntries(named('AWS::CloudWatch::Alarm').map(([id, alarm]) => [alarmIn(id), alarm]));
  const [[, composite] = []] = named('AWS::CloudWatch::CompositeAlarm');
  unhealthyRule = composite.AlarmRule['Fn::Join'][1].join('');
});
const alarmIn = (id: string) => /^SessionsObservability(\w+)[0-9A-F]{8}$/.exec(id)![1]!;
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

const RESOURCE_DIMENSIONS = {
  'AWS/Lambda': 'FunctionName',
  'AWS/Events': 'RuleName',
  'AWS/SQS': 'QueueName',
  'AWS/DynamoDB': 'TableName',
  'AWS/ApiGateway': 'ApiId',
};

/** What AWS counts by itself of a resource, now. @param id what its logical id begins with */
function count(
  namespace: keyof typeof RESOURCE_DIMENSIONS,
  id: string,
  values: Readonly<Record<string, number>>,
  others: Readonly<Record<string, string>> = {},
): void {
  const found = ids.filter((one) => one.startsWith(id) && /^[0-9A-F]{8}$/.test(one.slice(id.length)));
  if (found.length !== 1) throw new Error(`${id}: ${found}`);
  const dimensions = { [RESOURCE_DIMENSIONS[namespace]]: found[0]!, ...others };
  for (const [name, value] of Object.entries(values)) {
    data.push({ namespace, name, dimensions, at: now, value });
  }
}

const AUTH = 'SessionsAuthFunction';
const SESSION = 'SessionsSessionFunction';
const SWEEP = 'SessionsExpirySweepFunction';
const SCHEDULE = 'SessionsExpirySchedule';
const PUBLISH = 'SessionsEventsPublishFunction';

/** An invocation as Lambda counts it: one that does not come to its answer is an error, and has no line of its own. */
async function invoke(id: string, work: () => Promise<unknown>): Promise<void> {
  let crashes = 0;
  await observe(() =>
    work().catch(() => {
      crashes += 1;
    }),
  );
  count('AWS/Lambda', id, { Invocations: 1, Errors: crashes, Throttles: 0 });
}

/** The state, which has to be the same whatever `FILL` makes of a metric that was never reported. */
function stateOf(alarm: string, before?: AlarmState): AlarmState {
  const given = before && { before };
  const state = alarmState(alarms[alarm], data, now, { ...given, fillsUnknown: true });
  expect(alarmState(alarms[alarm], data, now, { ...given, fillsUnknown: false })).toBe(state);
  if (state === (alarm === 'SweepSilent' ? 'INSUFFICIENT_DATA' : 'ALARM')) raised.add(alarm);
  return state;
}

/** The alarms that some test has seen raised. */
const raised = new Set<string>();

const isUnhealthy = () => isCompositeRaised(unhealthyRule, (id) => stateOf(alarmIn(id)));

/** The metrics as a deployed function prints them. Its other lines are not looked at. */
const observers = (service: string) => ({ log: createRecorder().log, metrics: createMetrics(service) });

/** The sign-in of a service, at a provider that fails as it is told. */
function signIns(service = SERVICE, originSecrets?: readonly string[]) {
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
    originSecrets,
  });
  const begin = (headers: Record<string, string> = {}) =>
    send(handler, { path: '/api/auth/sign-in', headers });
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
      await observe(() => times(10, () => begin()));
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
        await times(9, () => begin());
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

describe('sign-in that fails where few sign in, three times an hour', () => {
  const ALL = ['FailedSignIns', 'FailedSignInsOverHour', 'UnfinishedSignIns', 'UnfinishedSignInsOverHours'];
  const raisedNow = () => ALL.filter((alarm) => stateOf(alarm) === 'ALARM');
  /** Something every twenty minutes. @returns what is raised after each */
  async function everyTwentyMinutes(count: number, work: () => Promise<unknown>): Promise<string[][]> {
    const states: string[][] = [];
    await times(count, async () => {
      await observe(work);
      now += 20 * MINUTE;
      states.push(raisedNow());
    });
    return states;
  }

  test.each([
    ['sign_in_failed', new SignInError('sign_in_failed')],
    ['provider_unavailable', new SignInError('provider_unavailable')],
    ['temporarily_unavailable', new SessionError('ERR_STORE_UNAVAILABLE')],
    ['reauthentication_required', new SignInError('reauthentication_required')],
  ])('with %s is heard at the third, and no longer when it works again', async (_, how) => {
    const { signIn } = signIns();
    expect(await everyTwentyMinutes(3, () => signIn(how))).toEqual([[], [], ['FailedSignInsOverHour']]);
    expect((await everyTwentyMinutes(3, () => signIn())).at(-1)).toEqual([]);
  });

  test.each([
    ['nobody comes back from the provider', ({ begin }: ReturnType<typeof signIns>) => begin()],
    [
      'the provider’s policy declines',
      ({ signIn }: ReturnType<typeof signIns>) => signIn('error=access_denied'),
    ],
  ])('since %s is heard at the sixth', async (_, work) => {
    const users = signIns();
    const states = await everyTwentyMinutes(6, () => work(users));
    expect(states).toEqual([[], [], [], [], [], ['UnfinishedSignInsOverHours']]);
  });

  test('is not one user who cancels five times, and once more when another has signed in', async () => {
    const { signIn } = signIns();
    await observe(() => times(5, () => signIn('error=access_denied')));
    now += MINUTE;
    expect(raisedNow()).toEqual([]);
    await observe(() => signIn());
    await observe(() => signIn('error=access_denied'));
    now += MINUTE;
    expect(raisedNow()).toEqual([]);
  });

  test('is not two failures, nor three beside as many that succeed', async () => {
    const { signIn } = signIns();
    const fail = () => signIn(new SignInError('sign_in_failed'));
    await observe(() => times(2, fail));
    now += MINUTE;
    expect(raisedNow()).toEqual([]);
    await observe(() => times(3, () => signIn()));
    await observe(fail);
    now += MINUTE;
    expect(raisedNow()).toEqual([]);
  });
});

describe('what AWS counts by itself is heard beyond its threshold, and not at it:', () => {
  const queued = (ApproximateNumberOfMessagesVisible: number) =>
    count('AWS/SQS', 'SessionsEventsFailures', { ApproximateNumberOfMessagesVisible });
  test.each<[alarm: string, minutes: number, threshold: number, count: (value: number) => void]>([
    ['StreamBehind', 3, 60_000, (IteratorAge) => count('AWS/Lambda', PUBLISH, { IteratorAge })],
    ['StreamStalled', 3, 900_000, (IteratorAge) => count('AWS/Lambda', PUBLISH, { IteratorAge })],
    ['FailedEvents', 1, 0, queued],
    ['ServerErrors', 3, 5, (value) => count('AWS/ApiGateway', 'SessionsHttpApi', { '5xx': value })],
    [
      'Throttled',
      2,
      0,
      (WriteThrottleEvents) =>
        count(
          'AWS/DynamoDB',
          'SessionsDataTable',
          { WriteThrottleEvents },
          { GlobalSecondaryIndexName: 'due' },
        ),
    ],
  ])('%s, after %i minutes over %i', (alarm, minutes, threshold, countIt) => {
    for (let minute = 1; minute <= minutes; minute += 1) {
      expect(stateOf(alarm)).toBe('OK');
      countIt(threshold + 1);
      now += MINUTE;
    }
    expect(stateOf(alarm)).toBe('ALARM');
    countIt(threshold);
    now += MINUTE;
    expect(stateOf(alarm)).toBe('OK');
  });
});

test('a clock that is a second off is not heard, one that is more for three minutes is', async () => {
  for (const [skewMs, state] of [
    [1_000, 'OK'],
    [-1_001, 'ALARM'],
  ] as const) {
    await times(3, async () => {
      const tell = createSkewObserver(observers(SERVICE));
      // A time that CloudWatch would take, of which Powertools warns otherwise.
      await observe(async () => tell({ skewMs, at: Date.now() }));
      now += MINUTE;
    });
    expect(stateOf('ClockSkew')).toBe(state);
  }
});

test('a thousand cookies that no session has are not heard, one more is', async () => {
  const store = createMemoryStore();
  const { cookie } = await signedIn(createMemoryStore(), { now });
  const handler = createSessionHandler({
    ...observers(SERVICE),
    store,
    siteUrl: SITE_URL,
    now: () => now,
    clearSiteData: false,
    openapi: {},
  });
  const guess = () => send(handler, { path: '/api/session', cookies: [cookie] });
  await observe(() => times(1_000, guess));
  now += MINUTE;
  expect(stateOf('GuessedSessions')).toBe('OK');
  await observe(guess);
  now += MINUTE;
  expect(stateOf('GuessedSessions')).toBe('ALARM');
});

describe('an invocation that is lost', () => {
  // In this process the variables of the functions are missing, so that they do not start.
  test.each([
    ['SignInCrashes', AUTH, () => import('../../functions/auth/index.ts')],
    ['SessionCrashes', SESSION, () => import('../../functions/session-api/index.ts')],
  ])('is heard at the third in an hour, though it prints nothing: %s', async (alarm, id, crash) => {
    await expect(crash()).rejects.toThrow('TABLE_NAME');
    for (const state of ['OK', 'OK', 'ALARM']) {
      await invoke(id, crash);
      now += 15 * MINUTE;
      expect(stateOf(alarm)).toBe(state);
    }
    expect(data.every(({ namespace }) => namespace === 'AWS/Lambda')).toBe(true);
    now += HOUR;
    expect(stateOf(alarm)).toBe('OK');
  });

  test('is heard where the function is throttled, and has no invocation at all', () => {
    count('AWS/Lambda', AUTH, { Throttles: 3 });
    now += MINUTE;
    expect([stateOf('SignInCrashes'), stateOf('SessionCrashes')]).toEqual(['ALARM', 'OK']);
  });

  test.each([
    [3, 57, 'OK'],
    [3, 56, 'ALARM'],
    [2, 0, 'OK'],
  ])(
    'is heard from the third and from one in twenty on: %i lost and %i answered',
    (lost, answered, state) => {
      count('AWS/Lambda', AUTH, { Invocations: lost + answered, Errors: lost, Throttles: 0 });
      now += MINUTE;
      expect(stateOf('SignInCrashes')).toBe(state);
    },
  );
});

describe('the origin secret', () => {
  const [OLD, NEW] = ['o'.repeat(32), 'n'.repeat(32)];

  test('that the functions do not accept is heard at the third request', async () => {
    const { begin } = signIns(SERVICE, [NEW]);
    for (const state of ['OK', 'OK', 'ALARM']) {
      await observe(() => begin({ 'x-curfew-origin': OLD }));
      now += 15 * MINUTE;
      expect(stateOf('WrongOriginSecrets')).toBe(state);
    }
    expect(data.map(({ name }) => name)).not.toContain('SignInsBegun');
  });

  test('is not what a scanner misses who sends none, nor the old one of two that are accepted', async () => {
    const { begin } = signIns(SERVICE, [NEW, OLD]);
    await observe(() => times(50, () => begin()));
    await observe(() => times(5, () => begin({ 'x-curfew-origin': OLD })));
    now += MINUTE;
    expect(stateOf('WrongOriginSecrets')).toBe('OK');
    expect(data.filter(({ name }) => name === 'Refusals')).toHaveLength(50);
  });
});

describe('the stream', () => {
  /** Announces the beginning of a session. */
  const publish = createPublishHandler({
    ...observers(SERVICE),
    bus: { put: async () => new Map() },
    failureQueue: createFailureQueueDouble(),
    store: createMemoryStore(),
    now: () => now,
  });
  const announce = () => publish({ Records: [streamRecord({ after: newSession({ createdAt: now }) })] });

  /** A sign-in every twenty minutes, for as long. */
  async function signInFor(minutes: number, isAnnounced: boolean): Promise<void> {
    const { signIn } = signIns();
    await times(minutes / 20, async () => {
      await observe(() => signIn());
      if (isAnnounced) await observe(announce);
      now += 20 * MINUTE;
    });
  }

  test.each([
    ['from the first deployment on', 0],
    ['after it has been', 60],
  ])('that is not handed to publish is heard within an hour: %s', async (_, minutesBefore) => {
    await signInFor(minutesBefore, true);
    await signInFor(20, false);
    expect(stateOf('StreamSilent')).toBe('OK');
    await signInFor(40, false);
    expect(stateOf('StreamSilent')).toBe('ALARM');
    expect(stateOf('StreamBehind')).toBe('OK');
    await signInFor(40, true);
    expect(stateOf('StreamSilent')).toBe('OK');
  });

  test('is not missed where nobody signs in, nor by one sign-in that has just finished', async () => {
    await signInFor(60, true);
    now += 3 * HOUR;
    expect(stateOf('StreamSilent')).toBe('OK');
    await observe(() => signIns().signIn());
    now += MINUTE;
    expect(stateOf('StreamSilent')).toBe('OK');
  });
});

describe('the sweep', () => {
  const down = async () => {
    throw new SessionError('ERR_STORE_UNAVAILABLE');
  };
  /** What the table does not take, or not answer. */
  const OUTAGES = {
    ends: { end: down, rearm: down },
    due: { due: down },
    dueShards: { dueShards: down },
  };

  /** Sweeps once a minute. */
  async function sweep(
    minutes: number,
    { service = SERVICE, without }: { service?: string; without?: keyof typeof OUTAGES } = {},
  ): Promise<void> {
    const memory = createMemoryStore({ dueShards: 2 });
    await memory.create(newSession(), hashOf('right'));
    const store = { ...memory, ...(without && OUTAGES[without]) };
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
      await invoke(SWEEP, () => handler({}, context));
      now += MINUTE;
    });
  }

  test('that can’t end sessions is heard though none ends, and so announces no lateness', async () => {
    now = T0 + 20 * MINUTE;
    await sweep(1, { without: 'ends' });
    expect(stateOf('LateEndings')).toBe('OK');
    await sweep(4, { without: 'ends' });
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
    expect([stateOf('SweepSilent'), isUnhealthy()]).toEqual(['OK', false]);
    now += MINUTE;
    expect(stateOf('SweepSilent')).toBe('INSUFFICIENT_DATA');
    // The other one keeps the state that it had.
    expect(isCompositeRaised(unhealthyRule, (id) => stateOf(alarmIn(id), 'OK'))).toBe(true);
  });

  test.each(['due', 'dueShards'] as const)(
    'that can’t read %s is heard from its first run on',
    async (without) => {
      await sweep(2, { without });
      expect([stateOf('SweepFails'), stateOf('SweepSilent')]).toEqual(['OK', 'INSUFFICIENT_DATA']);
      await sweep(1, { without });
      expect([stateOf('SweepFails'), stateOf('SweepSilent')]).toEqual(['ALARM', 'INSUFFICIENT_DATA']);
      await sweep(3);
      expect([stateOf('SweepFails'), stateOf('SweepSilent')]).toEqual(['OK', 'OK']);
    },
  );

  test('that crashes, or may not be started, is heard from its first run on', async () => {
    for (const state of ['OK', 'OK', 'ALARM']) {
      await invoke(SWEEP, () => import('../../functions/sweep/index.ts'));
      now += MINUTE;
      expect(stateOf('SweepFails')).toBe(state);
    }
    data = [];
    for (const state of ['OK', 'OK', 'ALARM']) {
      count('AWS/Events', SCHEDULE, { FailedInvocations: 1 });
      now += MINUTE;
      expect(stateOf('SweepFails')).toBe(state);
    }
  });

  test('that fails twice in five minutes is not', async () => {
    await sweep(2, { without: 'dueShards' });
    await sweep(3);
    expect(stateOf('SweepFails')).toBe('OK');
  });

  test('that never runs is heard once users have signed in in two half hours', async () => {
    const { signIn } = signIns();
    for (const state of ['OK', 'ALARM']) {
      await observe(() => signIn());
      now += 30 * MINUTE;
      expect(stateOf('SweepMissing')).toBe(state);
    }
    expect(stateOf('SweepFails')).toBe('OK');
    await sweep(1);
    expect(stateOf('SweepMissing')).toBe('OK');
  });

  test('is not missed at the first deployment, whoever signs in first', async () => {
    const states = () => [stateOf('SweepFails'), stateOf('SweepMissing'), isUnhealthy()];
    expect(states()).toEqual(['OK', 'OK', false]);
    await observe(() => signIns().signIn());
    now += MINUTE;
    expect(states()).toEqual(['OK', 'OK', false]);
    await sweep(29);
    expect(states()).toEqual(['OK', 'OK', false]);
  });

  test('of another stage does not hide its silence', async () => {
    await sweep(10, { service: 'staging' });
    expect(stateOf('SweepSilent')).toBe('INSUFFICIENT_DATA');
  });
});

test('each alarm of the template was seen raised by one of the tests above', () => {
  expect([...raised].sort()).toEqual(Object.keys(alarms).sort());
});
