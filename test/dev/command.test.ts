import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { announcement, DEV_FLAGS, DEV_USAGE, readDevArguments } from '../../dev/command.ts';

const TARGET = ['--proxy', 'http://localhost:3000'];

test('an address is enough', () => {
  const command = readDevArguments(TARGET, {});
  expect(command).toMatchObject({ target: 'http://localhost:3000', port: 4000 });
  expect(command).toHaveProperty('certificateFile', undefined);
  if (command === 'help') throw new Error();
  expect(command.options).toMatchObject({ file: expect.stringMatching(/sessions-4000\.json$/) });
  const text = announcement({ origin: 'http://localhost:4000', close: async () => undefined }, command);
  expect(text).toContain('open http://localhost:4000');
  expect(text).toContain('http://localhost:4000/__curfew');
  expect(text).toContain('Idle 15m, warning 2m before, at most 12h');
});

test('everything else can be said', () => {
  const flags =
    '--port 0 --user ada --user bob --idle 90s --warn 10s --absolute 5m --https --base-path /account --file s.json';
  const provider = '--issuer https://id.example --client-id app --client-secret-env SECRET';
  expect(readDevArguments([...TARGET, ...flags.split(' '), ...provider.split(' ')], { SECRET: 'x' })).toEqual(
    {
      target: 'http://localhost:3000',
      port: 0,
      certificateFile: path.join('node_modules', '.cache', 'curfew', 'localhost.json'),
      options: {
        users: ['ada', 'bob'],
        basePath: '/account',
        file: 's.json',
        identity: { issuer: 'https://id.example', clientId: 'app', clientSecret: 'x' },
        policy: expect.objectContaining({
          idleTimeoutMs: 90_000,
          warnBeforeMs: 10_000,
          absoluteTimeoutMs: 300_000,
        }),
      },
    },
  );
});

describe('is refused by the name of the argument', () => {
  test.each([
    ['', '--proxy'],
    ['--proxy localhost:3000', '--proxy'],
    ['--proxy http://localhost:3000/app', '--proxy'],
    ['--proxy ftp://localhost', '--proxy'],
    ['--proxy http://localhost:4000', '--port'],
    ['--proxy https://app.localhost:443 --port 443', '--port'],
    ['--port 65536', '--port'],
    ['--port -1', '--port'],
    ['--idle 0s', '--idle'],
    ['--warn soon', '--warn'],
    ['--issuer https://id.example', '--issuer'],
    ['--client-id app', '--issuer'],
    ['--issuer https://id.example --client-id app --client-secret-env NONE', '--client-secret-env'],
    ['--nothing', '--nothing'],
  ])('%s', (flags, named) => {
    const own = flags.split(' ').filter(Boolean);
    const argv = own[0] === '--proxy' || own.length === 0 ? own : [...TARGET, ...own];
    expect(() => readDevArguments(argv, {})).toThrow(named);
  });
});

test('help names every flag', () => {
  expect(readDevArguments(['--help'], {})).toBe('help');
  for (const flag of Object.keys(DEV_FLAGS)) {
    expect(DEV_USAGE).toContain(`--${flag}`);
  }
});
