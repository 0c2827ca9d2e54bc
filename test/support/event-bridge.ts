import { createServer } from 'node:http';
import type { SessionEnded, SessionStarted } from '../../core/protocol.ts';
import { close, listen } from '../../dev/machine/loopback.ts';
import { EventBus } from '../../local/event-bus.ts';

/** What an entry that was put says. */
export interface PutEvent {
  readonly type: string;
  readonly detail: SessionStarted & SessionEnded;
}

/** How the next request is answered. `half`: every other entry is rejected. */
export type Mood = 'well' | 'half' | 'throttled' | 'error' | 'hung up';

export interface FakeEventBridge {
  readonly endpoint: string;
  /** Every entry that was taken, as often as it was. */
  readonly events: PutEvent[];
  /** Asked at each request, before anything is taken. @default () => 'well' */
  mood: (request: number, eventIds: readonly string[]) => Mood;
  /** Called when entries were taken, before the reply is sent. */
  onTaken: () => void;
  stop(): Promise<void>;
}

/** The local runtime's event bus, in any mood. */
export async function startEventBridge(): Promise<FakeEventBridge> {
  const events: PutEvent[] = [];
  const bus = new EventBus({
    buses: ['curfew'],
    now: () => Date.now(),
    onEvent: (event) =>
      events.push({ type: event['detail-type'], detail: event.detail as PutEvent['detail'] }),
  });
  let requests = 0;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    requests += 1;
    const mood = self.mood(requests, eventIdsIn(body));
    const reply = (status: number, json: object) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(json));
    if (mood === 'hung up') return request.socket.destroy();
    if (mood === 'error') return reply(500, { __type: 'InternalException', message: 'broken' });
    if (mood === 'throttled') return reply(400, { __type: 'ThrottlingException', message: 'slow down' });
    const answer = (entries: string) => bus.answer(String(request.headers['x-amz-target']), entries);
    const { status, payload } = mood === 'half' ? half(body, answer) : answer(body);
    self.onTaken();
    return reply(status, payload);
  });
  const self: FakeEventBridge = {
    endpoint: `http://127.0.0.1:${await listen(server)}`,
    events,
    mood: () => 'well',
    onTaken: () => {},
    stop: () => close(server),
  };
  return self;
}

function eventIdsIn(body: string): string[] {
  const { Entries } = JSON.parse(body) as { Entries: { Detail: string }[] };
  return Entries.map(({ Detail }) => JSON.parse(Detail).eventId);
}

type Answer = ReturnType<EventBus['answer']>;

/** The answer that has taken the first entry, the third, and so on. */
function half(body: string, answer: (body: string) => Answer): Answer {
  const { Entries } = JSON.parse(body) as { Entries: object[] };
  const taken = answer(JSON.stringify({ Entries: Entries.filter((_, i) => i % 2 === 0) }));
  const results = (taken.payload as { Entries: object[] }).Entries;
  const rejected = { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' };
  const payload = {
    Entries: Entries.map((_, i) => (i % 2 === 0 ? results[i / 2] : rejected)),
    FailedEntryCount: Math.floor(Entries.length / 2),
  };
  return { status: taken.status, payload };
}
