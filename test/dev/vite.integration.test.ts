import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { createCertificate } from '../../dev/machine/certificate.ts';
import { freePort } from '../../dev/machine/loopback.ts';
import { development } from '../support/development.ts';

/** Vite, in a process of its own: what it brings in machine code does not run in Jest. */
const VITE = `
import { createServer } from 'vite';
import { curfewDev } from './dev/vite.ts';
const { api, root, server } = JSON.parse(process.argv[1]);
const options = { configFile: false, root, logLevel: 'silent', optimizeDeps: { noDiscovery: true } };
const vite = await createServer({ ...options, server, plugins: [curfewDev({ api })] });
await vite.listen();
console.log('ready');
`;

test('where Vite has a certificate, its page is of the same origin as the server that it passes on to', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'curfew-vite-'));
  const dev = await development();
  const https = await createCertificate(Date.now());
  const [host, port] = ['127.0.0.1', await freePort()];
  const server = { host, port, strictPort: true, https, hmr: false, watch: null };
  const args = ['--input-type=module', '-e', VITE, JSON.stringify({ api: dev.origin, root, server })];
  const vite = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(vite, 'exit');
  const ask = async (to: string, origin: string) => {
    const headers = { host: `localhost:${port}`, origin, 'content-type': 'application/json' };
    const options = { host, port, path: to, method: 'POST', headers, agent: false };
    const sent = request({ ...options, ca: https.cert, servername: 'localhost' });
    sent.end(JSON.stringify({ action: 'policy', policy: {} }));
    const [response] = await once(sent, 'response');
    return `${response.statusCode} ${Buffer.concat(await response.toArray())}`;
  };
  try {
    const [told] = await Promise.race([once(vite.stdout, 'data'), exited]);
    expect(String(told)).toBe('ready\n');
    expect(await ask('/__curfew/actions', `https://localhost:${port}`)).toMatch(/^200 /);
    expect(await ask('/__curfew/actions', `http://localhost:${port}`)).toMatch(/^403 /);
    expect(await ask('/api/session/touch', `https://localhost:${port}`)).not.toContain('ERR_CROSS_SITE');
    expect(await ask('/api/session/touch', `http://localhost:${port}`)).toContain('ERR_CROSS_SITE');
  } finally {
    vite.kill();
    await exited;
    await dev.close();
    await rm(root, { recursive: true });
  }
});
