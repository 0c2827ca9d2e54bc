import { expect, test } from '@jest/globals';
import { definePolicy } from '../../core/policy.ts';
import { parseFlags, type Settings, UsageError } from '../../local/flags.ts';

const settings = (...args: string[]) => parseFlags(args) as Settings;

test('without flags: the defaults of the policy', () => {
  expect(settings()).toEqual({
    port: 8080,
    https: false,
    engine: 'dynalite',
    sweepEveryMs: 60_000,
    reuse: false,
    context: expect.objectContaining({ 'curfew:idle': '900000ms', 'curfew:absolute': '43200000ms' }),
    policy: definePolicy(),
    notices: [],
  });
});

test('--https', () => {
  expect(settings('--https').https).toBe(true);
});

test('--idle is enough by itself: the rest scales', () => {
  const { context, notices } = settings('--idle', '40s');
  expect(context).toMatchObject({ 'curfew:warn': '20000ms', 'curfew:touchInterval': '4000ms' });
  expect(notices).toEqual([]);
  expect(settings('--idle', '3h').context['curfew:absolute']).toBe('108000000ms');
});

test('values under the floors are taken, with a notice each', () => {
  const { context, notices } = settings(
    '--idle',
    '10s',
    '--warn',
    '4s',
    '--absolute',
    '20s',
    '--sweep-every',
    '2s',
  );
  expect(context).toMatchObject({
    'curfew:idle': '10000ms',
    'curfew:warn': '4000ms',
    'curfew:absolute': '20000ms',
  });
  expect(notices.map((notice) => notice.split(':')[0])).toEqual([
    'warning of 4s',
    'absolute limit of 20s',
    '--sweep-every 2s',
  ]);
});

test('a help flag', () => {
  expect(parseFlags(['--help'])).toBe('help');
});

test.each([
  [['--idle', '40'], /--idle must be a duration/],
  [['--idle', '0s'], /--idle must be a duration/],
  [['--idle'], /--idle/],
  [['--warn', '50s', '--idle', '40s'], /warnBefore \(50000 ms\) must be under idleTimeout/],
  [['--absolute', '10s'], /absoluteTimeout/],
  [['--port', '70000'], /--port must be a number from 0 to 65535/],
  [['--port', ''], /--port/],
  [['--engine', 'mysql'], /--engine must be dynalite/],
  [['--browser-close', 'never'], /browserClose must be one of/],
  [['--sweep-every', '10ms'], /--sweep-every must be at least 1s/],
  [['--what'], /--what/],
  [['what'], /what/],
])('%j is rejected by name', (args, message) => {
  expect(() => parseFlags(args)).toThrow(UsageError);
  expect(() => parseFlags(args)).toThrow(message);
});

test.each(['http://localhost:8000', 'https://db.example'])('%s is an engine', (url) => {
  expect(settings('--engine', url).engine).toBe(url);
});

const OWN = ['--issuer', 'https://id.example.com/realms/app', '--client-id', 'app'];

test('a provider of one’s own is a public client, unless a variable has its secret', () => {
  const identity = { issuer: 'https://id.example.com/realms/app', clientId: 'app' };
  expect(settings(...OWN).identity).toEqual(identity);
  const withSecret = parseFlags([...OWN, '--client-secret-env', 'APP_SECRET'], { APP_SECRET: 'of the app' });
  expect(withSecret).toMatchObject({ identity: { ...identity, clientSecret: 'of the app' } });
  expect(JSON.stringify((withSecret as Settings).context)).not.toContain('of the app');
});

test.each([
  'http://localhost:8180/realms/app',
  'http://127.0.0.1:9000',
  'http://[::1]:9000',
  'https://id.example.com/',
])('%s is an issuer', (issuer) => {
  expect(settings('--issuer', issuer, '--client-id', 'app').identity).toEqual({ issuer, clientId: 'app' });
});

test.each([
  [['--issuer', 'https://id.example.com'], /--issuer needs --client-id beside it/],
  [['--issuer', 'https://id.example.com', '--client-id', ''], /--issuer needs --client-id beside it/],
  [['--client-id', 'app'], /--client-id needs --issuer beside it/],
  [['--client-secret-env', 'APP_SECRET'], /--client-secret-env needs --issuer beside it/],
  [['--issuer', 'id.example.com', '--client-id', 'app'], /--issuer must be an https:\/\/ URL/],
  [['--issuer', '', '--client-id', 'app'], /--issuer must be/],
  [['--issuer', 'http://id.example.com', '--client-id', 'app'], /or http:\/\/ on this machine/],
  [['--issuer', 'http://127.0.0.1.example.com', '--client-id', 'app'], /or http:\/\/ on this machine/],
  [['--issuer', 'https://id.example.com?tenant=1', '--client-id', 'app'], /without a query/],
  [['--issuer', 'https://id.example.com#a', '--client-id', 'app'], /--issuer must be/],
])('%j is no provider', (args, message) => {
  expect(() => parseFlags(args)).toThrow(UsageError);
  expect(() => parseFlags(args)).toThrow(message);
});

test.each([{}, { APP_SECRET: '' }])(
  'a variable without a secret is said, and not what was given as its name: %j',
  (environment) => {
    const parse = () => parseFlags([...OWN, '--client-secret-env', 'APP_SECRET'], environment);
    expect(parse).toThrow(
      /^--client-secret-env must name an environment variable that has the client secret$/,
    );
  },
);
