import { createServer, request as httpRequest } from 'node:http';
import { close, listen } from '../../dev/machine/loopback.ts';

/** A way into the emulator under a name that it serves: names under `localhost` resolve in browsers only. */
export interface Front {
  readonly port: number;
  readonly url: string;
  /** Where requests lead from now on. */
  leadTo(host: string): void;
  close(): Promise<void>;
}

/** @param added headers of each request, in place of whatever it has under these names */
export async function startFront(
  endpoint: string,
  added: Readonly<Record<string, string>> = {},
): Promise<Front> {
  const { port: emulator } = new URL(endpoint);
  let host = '';
  const server = createServer((request, response) => {
    const { method, url: path } = request;
    const headers = { ...request.headers, ...added, host };
    const onward = httpRequest({ host: '127.0.0.1', port: emulator, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  const port = await listen(server);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    leadTo(name) {
      host = name;
    },
    close: () => close(server),
  };
}
