import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What a server of https needs, both in PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const DAY_MS = 86_400_000;
/** Short, since whoever reads the file can pass for this machine's own names. */
const LIFETIME_MS = 365 * DAY_MS;
const NAMES = [
  { type: 2, value: 'localhost' },
  // By its own name: most clients take no wildcard right before a top-level domain (RFC 6125 §7.2).
  { type: 2, value: 'app.localhost' },
  { type: 2, value: '*.localhost' },
  { type: 7, ip: '127.0.0.1' },
  { type: 7, ip: '::1' },
] as const;

/** A new certificate for this machine's own names, which nobody has signed: a browser asks before it accepts it. */
export async function createCertificate(now: number): Promise<Certificate> {
  // What it brings takes a while to load, and only https needs it.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // Clocks of a browser and this machine may differ by a little.
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + LIFETIME_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [...NAMES] },
    ],
  });
  return { key: made.private, cert: made.cert };
}

/**
 * The certificate in a file, made where there is none that is valid now and for another day. It is kept, so that a browser which accepted it once
 * does not ask again. Only the user can read the file.
 */
export async function keptCertificate(file: string, now: number): Promise<Certificate> {
  const kept = await readCertificate(file, now);
  if (kept) {
    await chmod(file, 0o600);
    return kept;
  }
  const made = await createCertificate(now);
  await mkdir(path.dirname(file), { recursive: true });
  // Two starts at once never see half a file.
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, JSON.stringify(made), { mode: 0o600 });
  await rename(fresh, file);
  return made;
}

/** @returns undefined for one that is not there, can't be read, has not begun, or ends within a day */
async function readCertificate(file: string, now: number): Promise<Certificate | undefined> {
  try {
    const { key, cert } = JSON.parse(await readFile(file, 'utf8'));
    const { validFromDate, validToDate } = new X509Certificate(cert);
    const isValid = validFromDate.getTime() <= now && validToDate.getTime() - now > DAY_MS;
    return isValid ? { key, cert } : undefined;
  } catch {
    return undefined;
  }
}
