import type { AttributeValue } from 'aws-lambda';
import * as z from 'zod';
import type { Item } from './engine/item.ts';
import type { BusEvent } from './event-bus.ts';
import { type Answer, type HttpReply, type HttpRequest, jsonReply, pathOf } from './http/message.ts';
import { parseJson } from './json.ts';

/** What the runtime tells and takes beside the application: only on this machine, never in the template. */
export interface LocalApiOptions {
  readonly events: () => readonly BusEvent[];
  readonly sessions: () => Promise<Record<string, unknown>[]>;
  /** Epoch ms. */
  readonly now: () => number;
  /** Moves the time. @returns the new time, epoch ms */
  readonly advance: (ms: number) => Promise<number>;
}

/** A year: enough for every policy, and dates stay dates. */
const MAX_ADVANCE_MS = 366 * 86_400_000;
const Advance = z.object({ advanceMs: z.int().check(z.gte(0), z.lte(MAX_ADVANCE_MS)) });

/** Answers under `/__local/`. */
export function createLocalApi(options: LocalApiOptions): Answer {
  return async (request) => {
    if (fromAnotherSite(request)) return json(403, { error: 'only this machine and the site itself' });
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    switch (`${method} ${pathOf(request)}`) {
      case 'GET /__local/events':
        return json(200, { events: options.events() });
      case 'GET /__local/sessions':
        return json(200, { sessions: await options.sessions() });
      case 'GET /__local/clock':
        return json(200, { now: options.now() });
      case 'POST /__local/clock': {
        const { data } = Advance.safeParse(parseJson(request.body.toString('utf8')));
        return data
          ? json(200, { now: await options.advance(data.advanceMs) })
          : json(400, { error: `advanceMs must be a whole number of ms from 0 to ${MAX_ADVANCE_MS}` });
      }
      default:
        return json(404, { error: 'events, sessions or clock' });
    }
  };
}

/** A page of another site may send a form here; the browser says so. */
function fromAnotherSite({ rawHeaders }: HttpRequest): boolean {
  const index = rawHeaders.findIndex(
    (name, position) => position % 2 === 0 && /^sec-fetch-site$/i.test(name),
  );
  return index >= 0 && !/^(?:same-origin|none)$/.test(rawHeaders[index + 1] ?? '');
}

const json = (status: number, value: object): HttpReply =>
  jsonReply(status, value, [['cache-control', 'no-store']]);

/** @returns the rows that are sessions, as plain JSON */
export function sessionRows(rows: readonly Item[]): Record<string, unknown>[] {
  return rows.flatMap(({ secretHash: _, runHash: __, ...row }) => {
    const sessionId = /^session#(.*)/.exec(row.pk?.S ?? '')?.[1];
    return sessionId === undefined ? [] : [{ sessionId, ...plainFields(row) }];
  });
}

function plainFields(fields: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, plainValue(one)]));
}

function plainValue(value: AttributeValue): unknown {
  if (value.N !== undefined) return Number(value.N);
  if (value.NULL) return null;
  if (value.L) return value.L.map(plainValue);
  if (value.M) return plainFields(value.M);
  return value.S ?? value.BOOL ?? value.B ?? value.SS ?? value.NS;
}
