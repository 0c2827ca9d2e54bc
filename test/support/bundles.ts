import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A stand-in for a built function: answers with the event that it was given. */
const ECHO = 'exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });';

export interface FixtureBuild {
  /** The folder that holds it, and in which a test may put more. */
  readonly root: string;
  readonly bundles: string;
  readonly site: string;
  /** The demo's context that names these folders in place of its own. */
  readonly context: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** A build in a folder of its own, with a function for each of the service's, echo unless told otherwise. */
export async function fixtureBuild(sources: Readonly<Record<string, string>> = {}): Promise<FixtureBuild> {
  const root = await mkdtemp(path.join(tmpdir(), 'curfew-build-'));
  const bundles = path.join(root, 'functions');
  const site = path.join(root, 'site');
  for (const name of ['auth', 'session-api', 'sweep', 'publish', 'admin', 'authorizer']) {
    await mkdir(path.join(bundles, name), { recursive: true });
    await writeFile(path.join(bundles, name, 'index.cjs'), sources[name] ?? ECHO);
  }
  const api = path.join(root, 'api');
  await mkdir(api);
  await writeFile(path.join(api, 'index.cjs'), ECHO);
  await mkdir(path.join(site, 'assets'), { recursive: true });
  await writeFile(path.join(site, 'index.html'), '<!doctype html><title>Fixture</title>');
  await writeFile(path.join(site, 'assets', 'app.js'), 'export {};');
  const context = { 'curfew:bundles': bundles, 'curfew:site': site, 'curfew:api': api };
  return { root, bundles, site, context, remove: () => rm(root, { recursive: true, force: true }) };
}
