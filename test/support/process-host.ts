import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startDynamoDbLocal } from '../../local/engine/dynamodb-local.ts';
import { launchChromiumServer } from './chromium.ts';
import type { SharedProcess } from './driver.ts';
import { launchFirefoxServer } from './firefox.ts';
import { launchWebKitServer } from './webkit.ts';

/**
 * Keeps one Chromium, one Firefox, one driver of WebKit and one DynamoDB Local for each of jest's workers, over all the test files that it
 * runs: starting one takes longer than most tests do. Lives in jest's main process (globalSetup), since a worker keeps nothing between
 * two files, and starts each when a worker first asks for it.
 */
export interface ProcessHost {
  /** Answers `/chromium/1` with the address at which worker 1 connects to its Chromium. */
  readonly url: string;
  /** Ends them all. */
  close(): Promise<void>;
}

const LAUNCH = {
  chromium: launchChromiumServer,
  firefox: launchFirefoxServer,
  webkit: launchWebKitServer,
  'dynamodb-local': launchDynamoDbLocal,
} as const;

/** What can be shared. */
export type SharedName = keyof typeof LAUNCH;

function launchDynamoDbLocal(): Promise<SharedProcess> {
  // Beside browsers and other engines on two cores: a limit to its memory, and time to start.
  return startDynamoDbLocal({ heapMb: 768, patienceMs: 60_000 });
}

export async function startProcessHost(): Promise<ProcessHost> {
  const processes = new Map<string, Promise<SharedProcess>>();

  /** What has ended, or never started, is started anew for whoever asks next. */
  function processOf(path: string): Promise<SharedProcess> {
    const known = processes.get(path);
    if (known) return known;
    const launched = LAUNCH[path.split('/')[1] as SharedName]();
    processes.set(path, launched);
    const forget = () => processes.delete(path);
    launched.then(({ exited }) => exited.then(forget), forget);
    return launched;
  }

  const server = createServer((request, response) => {
    // A worker that is busy would ask again on a connection that has just been given up.
    response.shouldKeepAlive = false;
    processOf(request.url!).then(
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
      await Promise.all([...processes.values()].map(async (shared) => (await shared).close()));
    },
  };
}
