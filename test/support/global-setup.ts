import { type BrowserHost, startBrowserHost } from './browser-host.ts';
import { buildIfStale } from './fresh-build.ts';

declare global {
  var browserHost: BrowserHost | undefined;
}

/** Before jest's workers start: what is tested is built, once, and there is somebody to ask for a browser. */
export default async function setUp(): Promise<void> {
  buildIfStale();
  globalThis.browserHost = await startBrowserHost();
  process.env.CURFEW_BROWSER_HOST = globalThis.browserHost.url;
}
