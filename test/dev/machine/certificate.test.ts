import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keptCertificate } from '../../../dev/machine/certificate.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const DAY_MS = 86_400_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'curfew-certificate-'));
});
afterAll(() => rm(folder, { recursive: true }));

const fileOf = (name: string) => path.join(folder, name, 'localhost.json');
const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

test('it is for this machine’s names alone, signs no other, and has its key beside it', async () => {
  const { key, cert } = await keptCertificate(fileOf('names'), NOW);
  const certificate = new X509Certificate(cert);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.subjectAltName).toBe(
    'DNS:localhost, DNS:app.localhost, DNS:*.localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  );
});

test('it is kept, and ends a year later: a day before that, another is made', async () => {
  const file = fileOf('kept');
  const first = await keptCertificate(file, NOW);
  const ends = new X509Certificate(first.cert).validToDate.getTime();
  expect(ends).toBe(NOW + 365 * DAY_MS);
  expect(await keptCertificate(file, ends - DAY_MS - 1)).toEqual(first);
  const second = await keptCertificate(file, ends - DAY_MS);
  expect(second).not.toEqual(first);
  expect(await keptCertificate(file, ends - DAY_MS + 1)).toEqual(second);
});

test('it began a day before it was made, for a clock that is behind, and one that begins later is replaced', async () => {
  const file = fileOf('begins');
  const first = await keptCertificate(file, NOW);
  const begins = new X509Certificate(first.cert).validFromDate.getTime();
  expect(begins).toBe(NOW - DAY_MS);
  expect(await keptCertificate(file, begins)).toEqual(first);
  const second = await keptCertificate(file, begins - 1);
  expect(new X509Certificate(second.cert).validFromDate.getTime()).toBeLessThanOrEqual(begins - 1);
});

test('only its user can read the file, whatever its mode was before', async () => {
  const file = fileOf('mode');
  await keptCertificate(file, NOW);
  expect(await modeOf(file)).toBe(0o600);
  expect(await readdir(path.dirname(file))).toEqual(['localhost.json']);
  await chmod(file, 0o644);
  await keptCertificate(file, NOW);
  expect(await modeOf(file)).toBe(0o600);
});

test('what can’t be read is replaced', async () => {
  const file = fileOf('broken');
  await keptCertificate(file, NOW);
  for (const text of ['', '{}', '{"cert":"x","key":"y"}']) {
    await writeFile(file, text);
    const { cert } = await keptCertificate(file, NOW);
    expect(new X509Certificate(cert).subject).toBe('CN=localhost');
    expect(JSON.parse(await readFile(file, 'utf8')).cert).toBe(cert);
  }
});
