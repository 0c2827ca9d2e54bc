import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { launchChromiumServer } from './chromium.ts';
import type { BrowserProcess } from './driver.ts';
import { launchFirefoxServer } from './firefox.ts';
import { launchWebKitServer } from './webkit.ts';

/**
 * Keeps one Chromium, one Firefox and one driver of WebKit for each of jest's workers, over all the test files that it runs: starting one takes
 * longer than most tests do. Lives in jest's main process (globalSetup), since a worker keeps nothing between two files,
 * and starts a browser when a worker first asks for it.
 */
export interface BrowserHost {
  /** Answers `/chromium/1` with the address at which worker 1 connects to its Chromium. */
  readonly url: string;
  /** Ends every browser. */
  close(): Promise<void>;
}

const LAUNCH = {
  chromium: launchChromiumServer,
  firefox: launchFirefoxServer,
  webkit: launchWebKitServer,
} as const;

export async function startBrowserHost(): Promise<BrowserHost> {
  const browsers = new Map<string, Promise<BrowserProcess>>();

  /** A browser that has ended, or never started, is started anew for whoever asks next. */
  function browserOf(path: string): Promise<BrowserProcess> {
    const known = browsers.get(path);
    if (known) return known;
    const launched = LAUNCH[path.split('/')[1] as keyof typeof LAUNCH]();
    browsers.set(path, launched);
    const forget = () => browsers.delete(path);
    launched.then((browser) => browser.exited.then(forget), forget);
    return launched;
  }

  const server = createServer((request, response) => {
    // A worker that is busy would ask again on a connection that has just been given up.
    response.shouldKeepAlive = false;
    browserOf(request.url!).then(
      ({ endpoint }) => response.end(endpoint),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // The drivers close their browsers at a signal, and then let the process live on; at its exit they end them, too.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([...browsers.values()].map(async (browser) => (await browser).close()));
    },
  };
}
