import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { connector } from '../../../../functions/admin/cli/connect.ts';

const BY = { actor: 'ops' };
const lambda = mockClient(LambdaClient);
/** What the SDK reads of this machine, which is not asked here. */
const isConfiguration = (name: string) => name.startsWith('AWS_') || name === 'HOME';
const before = { ...process.env };
const clear = () => {
  for (const name of Object.keys(process.env).filter(isConfiguration)) delete process.env[name];
};
beforeEach(() => {
  clear();
  Object.assign(process.env, {
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    ...{ HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' },
  });
});
afterEach(() => {
  lambda.reset();
  clear();
  Object.assign(process.env, before);
});

const administer = connector(() => 0)({ kind: 'function', name: 'curfew-admin', region: 'eu-west-1' });
const answering = (payload: object, more: object = {}) => {
  lambda.on(InvokeCommand).resolves({ Payload: Buffer.from(JSON.stringify(payload)) as never, ...more });
};

test('asks the admin function, and returns its answer', async () => {
  answering({ sessions: [] });
  expect(await administer({ ...BY, action: 'list', subject: 'ada' })).toEqual({
    sessions: [],
    unreadable: [],
    next: null,
  });
  const { input } = lambda.commandCalls(InvokeCommand)[0]!.args[0];
  expect(input.FunctionName).toBe('curfew-admin');
  expect(JSON.parse(String(input.Payload))).toEqual({ ...BY, action: 'list', subject: 'ada' });
});

test('a request that the function rejects is an error with its code', async () => {
  answering({ problem: { code: 'ERR_NOT_FOUND', status: 404, detail: 'sessionId: no such session' } });
  await expect(administer({ ...BY, action: 'revoke', sessionId: 'x' })).rejects.toMatchObject({
    code: 'ERR_NOT_FOUND',
    detail: 'sessionId: no such session',
  });
});

test('a function that fails says so', async () => {
  answering({ errorMessage: 'x' }, { FunctionError: 'Unhandled' });
  await expect(administer({ ...BY, action: 'revoke', all: true })).rejects.toThrow('Unhandled');
});

test.each([[{}], [{ sessions: 'many' }], [{ revoked: 1 }], [[]], [{ problem: { code: 'ERR_OTHER' } }]])(
  'an answer that an admin function does not give is an error: %j',
  async (payload) => {
    answering(payload);
    await expect(administer({ ...BY, action: 'list', subject: 'ada' })).rejects.toThrow(
      /curfew-admin: its answer/,
    );
  },
);

test('a reason that only a newer release knows is shown as it is', async () => {
  const session = {
    sessionId: 'z'.repeat(22),
    subject: 'ada',
    state: 'ended',
    reason: 'newer',
    endedAt: 2,
    createdAt: 1,
    lastActivityAt: 1,
    expiresAt: 2,
    device: {},
  };
  answering({ sessions: [{ ...session, added: 'later' }] });
  expect(await administer({ ...BY, action: 'list', subject: 'ada' })).toEqual({
    sessions: [session],
    unreadable: [],
    next: null,
  });
});

describe.each([
  { where: 'a function', kind: 'function', name: 'curfew-admin' } as const,
  { where: 'a table', kind: 'table', name: 'sessions', endpoint: undefined, retentionMs: 1 } as const,
])(
  '$where without what AWS needs is not asked, and the command says what to do',
  ({ where: _, ...where }) => {
    const ask = (region: string | undefined) =>
      connector(() => 0)({ ...where, region })({ ...BY, action: 'list', subject: 'ada' });

    test('no region', async () => {
      await expect(ask(undefined)).rejects.toThrow(/^no AWS region: name it with --region/);
    });

    test('no credentials', async () => {
      for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const) delete process.env[name];
      await expect(ask('eu-west-1')).rejects.toThrow(/^no AWS credentials: sign in/);
    });
  },
);
