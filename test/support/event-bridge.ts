import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SessionEnded, SessionStarted } from '../../core/protocol.ts';

/** What an entry that was put says. */
export interface PutEvent {
  readonly type: string;
  readonly detail: SessionStarted & SessionEnded;
}

/** How the next request is answered. `half`: every other entry is refused. */
export type Mood = 'well' | 'half' | 'throttled' | 'error' | 'hung up';

export interface FakeEventBridge {
  readonly endpoint: string;
  /** Every entry that was taken, as often as it was. */
  readonly events: PutEvent[];
  /** Asked at each request. @default () => 'well' */
  mood: (request: number) => Mood;
  /** Called when entries were taken, before the reply is sent. */
  onTaken: () => void;
  stop(): Promise<void>;
}

/** EventBridge's PutEvents on a port of this machine, in any mood. */
export async function startEventBridge(): Promise<FakeEventBridge> {
  let requests = 0;
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    requests += 1;
    const mood = self.mood(requests);
    const reply = (status: number, json: unknown) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(json));
    if (mood === 'hung up') return request.socket.destroy();
    if (mood === 'error') return reply(500, { __type: 'InternalException', message: 'broken' });
    if (mood === 'throttled') return reply(400, { __type: 'ThrottlingException', message: 'slow down' });
    const entries = body.Entries.map((entry: { DetailType: string; Detail: string }, i: number) => {
      if (mood === 'half' && i % 2) return { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' };
      self.events.push({ type: entry.DetailType, detail: JSON.parse(entry.Detail) });
      return { EventId: `${requests}-${i}` };
    });
    self.onTaken();
    const FailedEntryCount = entries.filter((entry: object) => 'ErrorCode' in entry).length;
    return reply(200, { FailedEntryCount, Entries: entries });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: FakeEventBridge = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events: [],
    mood: () => 'well',
    onTaken: () => {},
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return self;
}
