import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ENGINES, type Engine } from '../../support/engines.ts';

describe.each(ENGINES)('a page of another site that the developer looks at, and %s', (_name, start) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine?.stop());

  const origin = 'https://evil.example';
  const target = 'DynamoDB_20120810.ListTables';

  test('its preflight is not granted, so that no browser sends the request', async () => {
    const reply = await fetch(engine.endpoint, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-amz-target',
      },
    });
    expect(['*', origin]).not.toContain(reply.headers.get('access-control-allow-origin'));
  });

  test('a reply to it can not be read', async () => {
    const reply = await fetch(engine.endpoint, {
      method: 'POST',
      headers: { origin, 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' },
      body: '{}',
    });
    expect(['*', origin]).not.toContain(reply.headers.get('access-control-allow-origin'));
  });

  test('a form, which no browser asks leave for, is rejected', async () => {
    const reply = await fetch(`${engine.endpoint}/?X-Amz-Target=${target}`, {
      method: 'POST',
      headers: { origin, 'content-type': 'text/plain' },
      body: '{}',
    });
    expect(reply.status).toBeGreaterThanOrEqual(400);
  });

  test('the functions themselves are answered', async () => {
    expect((await engine.client.send(new ListTablesCommand({}))).TableNames).toBeInstanceOf(Array);
  });
});
