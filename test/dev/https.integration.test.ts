import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningCommand, startCommand } from '../support/dev-command.ts';

/** `curfew dev --https`. */
let running: RunningCommand;
let ca: string;

beforeAll(async () => {
  running = await startCommand({ https: true });
  ca = JSON.parse(await readFile(running.certificateFile, 'utf8')).cert;
});
afterAll(() => running?.close());

const port = () => Number(new URL(running.origin).port);
/** @param servername the name that the certificate has to be for */
async function answer(servername: string, headers: Record<string, string> = {}) {
  const host = `${servername}:${port()}`;
  const sent = get({ host: '127.0.0.1', port: port(), servername, ca, headers: { host, ...headers } });
  const [response, socket = response, head = Buffer.alloc(0)] = await Promise.race([
    once(sent, 'response'),
    once(sent, 'upgrade'),
  ]);
  return { response, text: Buffer.concat([head, ...(await socket.toArray())]).toString() };
}

test('whoever trusts the kept certificate reaches the application by localhost and a name below it, and by no other name; it is told of https', async () => {
  expect(running.origin).toBe(`https://localhost:${port()}`);
  for (const name of ['localhost', 'app.localhost']) {
    expect((await answer(name)).text).toContain('<p>https: nobody</p>');
  }
  await expect(answer('app.example')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

test('whoever does not trust it is told that its issuer is not known; it holds for 366 days', async () => {
  const socket = connect({
    port: port(),
    host: '127.0.0.1',
    servername: 'localhost',
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  expect(String(socket.authorizationError)).toMatch(
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
  );
  const { valid_from: from, valid_to: to } = socket.getPeerCertificate();
  // Browsers accept no more than 398 days of those that others have signed.
  expect((Date.parse(to) - Date.parse(from)) / 86_400_000).toBe(366);
  socket.destroy();
});

test('a WebSocket goes on to the application', async () => {
  const { response, text } = await answer('localhost', { connection: 'upgrade', upgrade: 'websocket' });
  expect([response.statusCode, text]).toEqual([101, 'none']);
});
