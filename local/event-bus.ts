import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { readAll } from './http-event.ts';
import { ACCOUNT, REGION } from './intrinsics.ts';

/** An event as EventBridge delivers it. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

interface Entry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Time?: number | string;
  readonly Resources?: readonly string[];
}

/** EventBridge's `PutEvents`, and everything that was put so far. */
export class EventBus {
  readonly events: BusEvent[] = [];
  private readonly now: () => number;
  private readonly buses: ReadonlySet<string>;
  private readonly onEvent: (event: BusEvent) => void;
  private server: Server | undefined;

  constructor(buses: Iterable<string>, now: () => number, onEvent: (event: BusEvent) => void) {
    this.buses = new Set(buses);
    this.now = now;
    this.onEvent = onEvent;
  }

  /** @returns the endpoint for the SDK */
  async listen(): Promise<string> {
    this.server = createServer(async (request, response) => {
      const body = await readAll(request);
      const { status, payload } = this.answer(
        String(request.headers['x-amz-target']),
        body?.toString('utf8') ?? '',
      );
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(payload));
    });
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
  }

  /** What EventBridge answers to one call: an entry that can't be taken fails alone. */
  answer(target: string, body: string): { status: number; payload: object } {
    if (target !== 'AWSEvents.PutEvents') {
      return {
        status: 400,
        payload: { __type: 'UnknownOperationException', message: `${target} is not served here` },
      };
    }
    const { Entries: entries } = JSON.parse(body) as { Entries?: Entry[] };
    if (!Array.isArray(entries) || entries.length < 1 || entries.length > 10) {
      return {
        status: 400,
        payload: { __type: 'ValidationException', message: 'Entries must have 1 to 10 members' },
      };
    }
    const results = entries.map((entry) => this.put(entry));
    return {
      status: 200,
      payload: {
        Entries: results,
        FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length,
      },
    };
  }

  private put(entry: Entry): object {
    const bus = (entry.EventBusName ?? 'default').split('/').at(-1)!;
    if (!this.buses.has(bus))
      return { ErrorCode: 'ResourceNotFoundException', ErrorMessage: `no bus ${bus}` };
    if (!entry.Source || !entry.DetailType || entry.Detail === undefined) {
      return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source, DetailType and Detail are required' };
    }
    let detail: unknown;
    try {
      detail = JSON.parse(entry.Detail);
    } catch {
      return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    }
    const event: BusEvent = {
      version: '0',
      id: randomUUID(),
      'detail-type': entry.DetailType,
      source: entry.Source,
      account: ACCOUNT,
      time: new Date(entryTime(entry.Time) ?? this.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      region: REGION,
      resources: entry.Resources ?? [],
      detail,
    };
    this.events.push(event);
    this.onEvent(event);
    return { EventId: event.id };
  }
}

/** The SDK sends epoch seconds. */
function entryTime(time: number | string | undefined): number | undefined {
  if (time === undefined) return undefined;
  return typeof time === 'number' ? time * 1000 : Date.parse(time);
}
