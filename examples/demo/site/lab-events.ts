import { get } from './api.ts';
import { create, timeOfDay } from './dom.ts';

/** How often the bus is read, ms. */
const LOOK_MS = 3_000;
/** Older lines are dropped. */
const MAX_LINES = 30;

export interface EventLog {
  readonly element: HTMLElement;
  add(text: string): void;
}

/** A log of events, newest first. */
export function createEventLog(): EventLog {
  const element = create('ol', 'log');
  return {
    element,
    add(text) {
      element.prepend(create('li', '', create('time', '', timeOfDay(Date.now())), ` ${text}`));
      while (element.childElementCount > MAX_LINES) element.lastElementChild?.remove();
    },
  };
}

interface BusEvent {
  readonly 'detail-type': string;
  readonly detail: { readonly reason?: string };
}

/** Logs the bus's events as the local runtime shows them. A deployment answers this path with the site's page. */
export async function followBus(log: EventLog): Promise<void> {
  let known = 0;
  const look = async (): Promise<boolean> => {
    const reply = await get<{ events: readonly BusEvent[] }>(fetch, '/__local/events').catch(() => undefined);
    if (!reply) return false;
    for (const { 'detail-type': type, detail } of reply.events.slice(known)) {
      log.add(`bus: ${type}${detail.reason ? `, ${detail.reason}` : ''}`);
    }
    known = reply.events.length;
    return true;
  };
  if (await look()) setInterval(look, LOOK_MS);
  else log.add('The event bus is shown when this runs on your machine.');
}
