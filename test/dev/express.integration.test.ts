import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import express from 'express';
import { developmentServer } from '../../dev/development.ts';
import { close, listen } from '../../dev/machine/loopback.ts';
import type { DevState } from '../../dev/protocol.ts';
import { sessionGuard } from '../../functions/guard/express.ts';
import { T0 } from '../support/sessions.ts';

test('in Express, a guard of the same server knows who signed in, and ends what the panel ends', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'curfew-dev-'));
  const io = { now: () => T0, randomBytes, say: () => undefined, environment: () => undefined };
  const dev = developmentServer({ file: path.join(folder, 'sessions.json') }, io);
  const app = express();
  app.use(dev);
  app.use(express.json());
  app.use('/orders', sessionGuard(dev.guard));
  app.get('/orders', (request, response) => void response.json(request.get('x-curfew-subject')));
  const server = createServer(app);
  const origin = `http://localhost:${await listen(server)}`;
  const post = (action: object) =>
    fetch(`${origin}/__curfew/actions`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify(action),
    });

  const signedIn = await post({ action: 'sign-in', name: 'alice' });
  const [cookie = ''] = signedIn.headers.getSetCookie().map((line) => line.split(';', 1).join());
  const orders = () => fetch(`${origin}/orders`, { headers: { cookie } });
  expect(await (await orders()).json()).toBe('alice');
  const { sessions }: DevState = await signedIn.json();
  await post({ action: 'revoke', sessionId: sessions[0]?.sessionId });
  expect(await (await orders()).json()).toMatchObject({ code: 'ERR_SESSION_ENDED', reason: 'revoked' });
  expect((await fetch(`${origin}/orders`)).status).toBe(401);

  await close(server);
  dev.close();
  await rm(folder, { recursive: true });
});
