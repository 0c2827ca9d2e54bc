import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { brotliDecompressSync, createBrotliDecompress } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';

/** Where Debian, Ubuntu and most CI images put a Chromium; the first that exists is used. */
const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Quiet, headless, and able to run as root in a container. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface ChromiumBinary {
  readonly executablePath: string;
  readonly env: Record<string, string>;
}

/** A Chromium to test with: the machine's own, or else the one inside the npm package, unpacked once. */
export async function findChromium(): Promise<ChromiumBinary> {
  const installed = process.env.CHROMIUM_PATH ?? INSTALLED.find((file) => existsSync(file));
  if (installed) return { executablePath: installed, env: {} };
  return unpackChromium();
}

/** Launches it. Close it in `afterAll`: a forgotten browser keeps jest, and the machine, busy. */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  return chromium.launch({
    executablePath,
    args: [...FLAGS, ...args],
    env: { ...(process.env as Record<string, string>), ...env },
  });
}

/**
 * Unpacks `@sparticuz/chromium` into node_modules/.cache. That package does so itself only on Lambda, where it
 * also knows where NSS, NSPR and expat are: here they come out of its `al2023.tar.br`.
 */
async function unpackChromium(): Promise<ChromiumBinary> {
  const root = path.resolve(
    path.dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
    '../..',
  );
  const cache = path.resolve('node_modules/.cache/chromium');
  const binary: ChromiumBinary = {
    executablePath: path.join(cache, 'chromium'),
    env: { LD_LIBRARY_PATH: path.join(cache, 'lib') },
  };
  if (existsSync(binary.executablePath)) return binary;

  // Into a folder of our own first, renamed when complete: test files run in parallel processes.
  await mkdir(path.dirname(cache), { recursive: true });
  const work = await mkdtemp(`${cache}-`);
  await pipeline(
    createReadStream(`${root}/bin/chromium.br`),
    createBrotliDecompress(),
    createWriteStream(`${work}/chromium`),
  );
  await chmod(`${work}/chromium`, 0o755);
  for (const archive of ['al2023', 'swiftshader']) await untar(`${root}/bin/${archive}.tar.br`, work);
  await rename(work, cache).catch(() => rm(work, { recursive: true, force: true }));
  return binary;
}

async function untar(archive: string, into: string): Promise<void> {
  const input = brotliDecompressSync(await readFile(archive), { maxOutputLength: 2 ** 28 });
  const { status } = spawnSync('tar', ['-x', '-f', '-', '-C', into], {
    input,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`tar failed on ${archive}`);
}
