import type { Server } from 'node:http';
import dynalite from 'dynalite';
import { close, listen } from '../loopback.ts';

/** dynalite, listening: an in-process DynamoDB without streams, TTL, and the old item of a rejected write. */
export interface Dynalite {
  readonly endpoint: string;
  readonly server: Server;
  close(): Promise<void>;
}

export async function startDynalite(): Promise<Dynalite> {
  const server = dynalite({ createTableMs: 0 });
  const endpoint = `http://127.0.0.1:${await listen(server)}`;
  return { endpoint, server, close: () => close(server) };
}
