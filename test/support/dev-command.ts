import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDev } from '../../dev/command.ts';
import { close, listen } from '../../dev/machine/loopback.ts';

/** `curfew dev` in front of an application that says in its page whose request it was, and by which protocol. */
export interface RunningCommand {
  readonly origin: string;
  readonly certificateFile: string;
  close(): Promise<void>;
}

export async function startCommand({ https }: { readonly https: boolean }): Promise<RunningCommand> {
  const folder = await mkdtemp(path.join(tmpdir(), 'curfew-command-'));
  const certificateFile = path.join(folder, 'localhost.json');
  const application = createServer(({ headers }, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(
      `<!doctype html><title>Orders</title><p>${headers['x-forwarded-proto']}: ${headers['x-curfew-subject'] ?? 'nobody'}</p>`,
    );
  }).on('upgrade', ({ headers }, socket) => {
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n${headers['x-curfew-state']}`,
    );
  });
  const command = {
    target: `http://127.0.0.1:${await listen(application)}`,
    port: 0,
    certificateFile: https ? certificateFile : undefined,
    options: { file: path.join(folder, 'sessions.json') },
  };
  const running = await startDev(command, {
    now: () => Date.now(),
    randomBytes,
    say: () => undefined,
    environment: () => undefined,
  });
  return {
    origin: running.origin,
    certificateFile,
    async close() {
      await running.close();
      await close(application);
      await rm(folder, { recursive: true });
    },
  };
}
