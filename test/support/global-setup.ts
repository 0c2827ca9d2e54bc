import { buildIfStale } from './fresh-build.ts';
import { type ProcessHost, startProcessHost } from './process-host.ts';

declare global {
  var processHost: ProcessHost | undefined;
}

/** Before jest's workers start: what is tested is built, once, and there is somebody to ask for a browser or an engine. */
export default async function setUp(): Promise<void> {
  buildIfStale();
  globalThis.processHost = await startProcessHost();
  process.env.CURFEW_PROCESS_HOST = globalThis.processHost.url;
}
