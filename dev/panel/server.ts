import {
  DEV_HEADER,
  type DevAction,
  type DevProblem,
  type DevState,
  type DevStreamEvents,
  ROUTES,
} from '../protocol.ts';
import type { News } from './model.ts';

/** A stream that was closed for good is opened again after this, ms. One that was cut is by the browser. */
const AGAIN_MS = 3_000;

/** What came of an action: the state after it, or why there is none. */
export type Outcome = { readonly state: DevState } | { readonly error: string };

/** Makes something happen at the server. Never throws. */
export async function act(action: DevAction): Promise<Outcome> {
  try {
    const response = await fetch(ROUTES.actions, jsonRequest(action));
    if (!response.headers.has(DEV_HEADER)) {
      return {
        error: 'Something else has answered for the development server: a service worker, or a proxy.',
      };
    }
    if (!response.ok) return await problemOf(response);
    return { state: await response.json() };
  } catch {
    return { error: 'The development server does not answer.' };
  }
}

/** How things stand for this browser; undefined: the server does not answer, or something else does. Never throws. */
export async function readState(): Promise<DevState | undefined> {
  try {
    const response = await fetch(ROUTES.state);
    return response.ok && response.headers.has(DEV_HEADER) ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

function problemOf(response: Response): Promise<DevProblem> {
  return response.json();
}

/** Tells the server that the user of this browser is active now. True once it has taken that. */
export async function touch(basePath: DevState['basePath'], sessionId: string): Promise<boolean> {
  const response = await fetch(`${basePath}/session/touch`, jsonRequest({ sessionId })).catch(
    () => undefined,
  );
  return response?.ok === true;
}

function jsonRequest(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** What the server tells, for as long as somebody looks at it: it takes one of the six connections that a browser allows. */
export interface Stream {
  open(): void;
  close(): void;
}

export function createStream(tell: (news: News) => void): Stream {
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  const stream: Stream = {
    open() {
      if (source) return;
      const opened = new EventSource(ROUTES.stream);
      source = opened;
      const on = <Name extends keyof DevStreamEvents>(
        name: Name,
        take: (data: DevStreamEvents[Name]) => void,
      ) => opened.addEventListener(name, ({ data }) => take(JSON.parse(data)));
      let isAnswer = true;
      on('state', (state) => {
        tell({ type: 'state', state, heardAt: performance.now(), isAnswer });
        isAnswer = false;
      });
      opened.onopen = () => {
        isAnswer = true;
      };
      on('event', (event) => tell({ type: 'event', event }));
      on('request', (request) => tell({ type: 'request', request }));
      opened.onerror = () => {
        tell({ type: 'link', link: 'lost' });
        if (opened.readyState !== EventSource.CLOSED) return;
        stream.close();
        again = setTimeout(stream.open, AGAIN_MS);
      };
    },
    close() {
      clearTimeout(again);
      source?.close();
      source = undefined;
    },
  };
  return stream;
}
