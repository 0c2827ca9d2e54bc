import { beforeEach, describe, expect, test } from '@jest/globals';
import type { APIGatewayRequestAuthorizerEvent, APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { SessionError } from '../../../core/errors.ts';
import { definePolicy } from '../../../core/policy.ts';
import { authorize } from '../../../functions/authorizer/authorizer.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { event, SITE_URL, signedIn } from '../../support/http.ts';
import { CONNECT, REST_AUTHORIZER } from '../../support/lambda-samples.ts';
import { bindToRun, markOf } from '../../support/marks.ts';

const START = 1_700_000_000_000;
let now = START;
let store = createMemoryStore();

beforeEach(() => {
  now = START;
  store = createMemoryStore();
});

function ask(cookies: string[], more: { method?: string; headers?: Record<string, string> } = {}) {
  const sent = event({ path: '/orders', cookies, ...more }) as unknown as APIGatewayRequestAuthorizerEventV2;
  return (onEnded: 'reject' | 'attach' = 'reject', originSecrets?: string[]) =>
    authorize(sent, { store, now: () => now, siteUrl: SITE_URL, onEnded, originSecrets });
}

test('a live session is authorized, with who it is', async () => {
  const { session, cookie } = await signedIn(store, { now });
  expect(await ask([cookie])()).toEqual({
    isAuthorized: true,
    context: { state: 'active', sessionId: session.sessionId, subject: 'user' },
  });
});

test('what came around the distribution is not authorized', async () => {
  const { cookie } = await signedIn(store, { now });
  const secret = 's'.repeat(32);
  const none = { isAuthorized: false, context: { state: 'none' } };
  expect(await ask([cookie])('attach', [secret])).toEqual(none);
  const through = ask([cookie], { headers: { 'x-curfew-origin': secret } });
  expect(await through('reject', [secret])).toMatchObject({ isAuthorized: true });
  expect(await through('reject', ['n'.repeat(32)])).toEqual(none);
});

test('an active request slides the session, a passive one does not', async () => {
  const { session, cookie } = await signedIn(store, { now });
  now += 120_000;
  await ask([cookie])();
  expect((await store.read(session.sessionId))!.session.lastActivityAt).toBe(START);
  await ask([cookie], { headers: { 'curfew-idle-for': '0' } })();
  expect((await store.read(session.sessionId))!.session.lastActivityAt).toBe(now);
});

test('an ended one is not authorized, and the reason is told; or let through with it', async () => {
  const { session, cookie } = await signedIn(store, { now });
  now += session.idleTimeoutMs;
  const context = { state: 'ended', reason: 'idle' };
  expect(await ask([cookie])()).toEqual({ isAuthorized: false, context });
  expect(await ask([cookie])('attach')).toEqual({ isAuthorized: true, context });
});

test('a session that is bound to a run is authorized with its mark, and otherwise neither told, slid nor ended', async () => {
  const signed = await signedIn(store, { now, policy: definePolicy({ browserClose: 'run' }) });
  await bindToRun(store, signed, 'a');
  const { cookie, session } = signed;
  const before = (await store.read(session.sessionId))!.session;
  now += 120_000;
  for (const authorization of [undefined, markOf('b'), 'Bearer abc']) {
    const headers = { 'curfew-idle-for': '0', ...(authorization && { authorization }) };
    for (const onEnded of ['reject', 'attach'] as const) {
      expect(await ask([cookie], { headers })(onEnded)).toEqual({
        isAuthorized: false,
        context: { state: 'none' },
      });
    }
  }
  expect((await store.read(session.sessionId))!.session).toEqual(before);
  const shown = { authorization: markOf('a') };
  expect(await ask([cookie], { headers: shown })()).toMatchObject({ isAuthorized: true });
});

describe('not authorized:', () => {
  test.each([
    ['no cookie', [], {}],
    ['a forged one', [`__Host-session=${'a'.repeat(22)}.${'b'.repeat(43)}`], {}],
    ['another site', [], { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }],
  ])('%s', async (_, cookies, more) => {
    expect(await ask(cookies, more)('attach')).toEqual({ isAuthorized: false, context: { state: 'none' } });
  });
});

test('a store that fails is no answer: API Gateway makes a 500 of it, not a 403', async () => {
  const { cookie } = await signedIn(store, { now });
  store.read = async () => {
    throw new SessionError('ERR_STORE_UNAVAILABLE');
  };
  await expect(ask([cookie])()).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
});

describe('of a REST API', () => {
  const rest = (headers: object, more: object = {}, onEnded: 'reject' | 'attach' = 'reject') => {
    const sent = { ...REST_AUTHORIZER, headers, ...more } as unknown as APIGatewayRequestAuthorizerEvent;
    return authorize(sent, { store, now: () => now, siteUrl: SITE_URL, onEnded });
  };
  const answer = (Effect: 'Allow' | 'Deny', context: object, principalId = 'none') => ({
    principalId,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: REST_AUTHORIZER.methodArn }],
    },
    context,
  });

  test('the answer is a policy for this request alone, with who it is, or why not', async () => {
    const { session, cookie } = await signedIn(store, { now });
    const { sessionId } = session;
    expect(await rest({ Cookie: cookie })).toEqual(
      answer('Allow', { state: 'active', sessionId, subject: 'user' }, 'user'),
    );
    expect(await rest({})).toEqual(answer('Deny', { state: 'none' }));
    now += session.idleTimeoutMs;
    const ended = { state: 'ended', reason: 'idle' };
    expect(await rest({ Cookie: cookie })).toEqual(answer('Deny', ended));
    expect(await rest({ Cookie: cookie }, {}, 'attach')).toEqual(answer('Allow', ended));
  });

  test('a request that may change state has to come from the site', async () => {
    const { cookie } = await signedIn(store, { now });
    const post = { httpMethod: 'POST' };
    expect(await rest({ Cookie: cookie }, post)).toEqual(answer('Deny', { state: 'none' }));
    const fromSite = { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' };
    expect(await rest(fromSite, post)).toMatchObject({ principalId: 'user' });
  });

  test('$connect of a WebSocket API is answered alike', async () => {
    const { cookie } = await signedIn(store, { now });
    const { requestContext } = CONNECT;
    const connect = { httpMethod: undefined, path: undefined, requestContext };
    expect(await rest({ Cookie: cookie }, connect)).toEqual(answer('Deny', { state: 'none' }));
    expect(await rest({ Cookie: cookie, Origin: SITE_URL }, connect)).toMatchObject({ principalId: 'user' });
  });

  test('a store that fails is no answer', async () => {
    const { cookie } = await signedIn(store, { now });
    store.read = async () => {
      throw new SessionError('ERR_STORE_UNAVAILABLE');
    };
    await expect(rest({ Cookie: cookie })).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  });

  test('a token authorizer hands over no cookie, and is an error', async () => {
    const token = { type: 'TOKEN', methodArn: REST_AUTHORIZER.methodArn, authorizationToken: 't' };
    const sent = token as unknown as APIGatewayRequestAuthorizerEvent;
    const options = { store, now: () => now, onEnded: 'reject' } as const;
    await expect(authorize(sent, options)).rejects.toThrow('the fields type, methodArn, authorizationToken');
  });
});
