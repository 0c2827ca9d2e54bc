import type { AttributeValue } from 'aws-lambda';
import type { Item } from './engine/change-feed.ts';
import type { BusEvent } from './event-bus.ts';
import type { HttpReply, HttpRequest } from './http-event.ts';

/** What the runtime tells and takes beside the application: only on this machine, never in the template. */
export interface LocalApiOptions {
  readonly events: () => readonly BusEvent[];
  readonly sessions: () => Promise<Record<string, unknown>[]>;
  readonly now: () => number;
  readonly advance: (ms: number) => Promise<number>;
}

/** A year: enough for every policy, and dates stay dates. */
const MAX_ADVANCE_MS = 366 * 86_400_000;

export function createLocalApi(options: LocalApiOptions): (request: HttpRequest) => Promise<HttpReply> {
  return async (request) => {
    if (fromAnotherSite(request.rawHeaders))
      return json(403, { error: 'only this machine and the site itself' });
    const path = request.url.split('?')[0]!;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    switch (`${method} ${path}`) {
      case 'GET /__local/events':
        return json(200, { events: options.events() });
      case 'GET /__local/sessions':
        return json(200, { sessions: await options.sessions() });
      case 'GET /__local/clock':
        return json(200, { now: options.now() });
      case 'POST /__local/clock': {
        const ms = advanceMs(request.body.toString('utf8'));
        return ms === undefined
          ? json(400, { error: `advanceMs must be a whole number of ms from 0 to ${MAX_ADVANCE_MS}` })
          : json(200, { now: await options.advance(ms) });
      }
      default:
        return json(404, { error: 'events, sessions or clock' });
    }
  };
}

/** A page of another site may send a form here; the browser says so. */
function fromAnotherSite(rawHeaders: readonly string[]): boolean {
  const index = rawHeaders.findIndex(
    (name, position) => position % 2 === 0 && /^sec-fetch-site$/i.test(name),
  );
  return index >= 0 && !/^(?:same-origin|none)$/.test(rawHeaders[index + 1] ?? '');
}

function advanceMs(body: string): number | undefined {
  try {
    const { advanceMs: ms } = JSON.parse(body) as { advanceMs?: unknown };
    return typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0 && ms <= MAX_ADVANCE_MS
      ? ms
      : undefined;
  } catch {
    return undefined;
  }
}

/** The rows that are sessions: a sign-in under way is made of secrets. */
export function sessionRows(rows: readonly Item[]): Record<string, unknown>[] {
  return rows.filter((row) => row.pk?.S?.startsWith('session#')).map(withoutSecrets);
}

/** A row as plain JSON, without what is derived from the secret. */
export function withoutSecrets(row: Item): Record<string, unknown> {
  const { secretHash: _, runHash: __, ...rest } = row;
  const sessionId = row.pk?.S?.replace(/^session#/, '');
  return { sessionId, ...(value({ M: rest }) as object) };
}

function value(attribute: AttributeValue): unknown {
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.NULL) return null;
  if (attribute.L) return attribute.L.map(value);
  if (attribute.M)
    return Object.fromEntries(Object.entries(attribute.M).map(([name, one]) => [name, value(one)]));
  return attribute.S ?? attribute.BOOL ?? attribute.B ?? attribute.SS ?? attribute.NS;
}

function json(status: number, body: object): HttpReply {
  return {
    status,
    headers: [
      ['content-type', 'application/json'],
      ['cache-control', 'no-store'],
    ],
    body: Buffer.from(JSON.stringify(body)),
  };
}
