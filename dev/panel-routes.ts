import type { ServerResponse } from 'node:http';
import { isSessionError } from '../core/errors.ts';
import { readCookies } from '../functions/http/cookies.ts';
import { isSameOrigin } from '../functions/http/cross-site.ts';
import { toHttpRequest } from '../functions/server/node.ts';
import type { NodeRequest } from '../functions/server/request.ts';
import { ActionError, act } from './actions.ts';
import { panelModule } from './panel-module.ts';
import { DEV_HEADER, type DevStreamEvents, PANEL_TAG, ROUTES } from './protocol.ts';
import { originOf } from './requests.ts';
import type { World } from './world.ts';

const MAX_ACTION_BYTES = 65_536;

/** What a page loads of the panel, before any script of its own: the panel puts its element into the page by itself. */
export const PANEL_HTML = `<script src="${ROUTES.module}"></script>`;

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Curfew on this machine</title><meta name="viewport" content="width=device-width,initial-scale=1"></head>
<body><${PANEL_TAG} page></${PANEL_TAG}>${PANEL_HTML}</body>
</html>`;

const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

/** Whether a path is one of the panel's. */
export function isPanelPath(path: string): boolean {
  return path === ROUTES.panel || path.startsWith(`${ROUTES.panel}/`);
}

/** Answers what the panel asks. Pages of another origin get nothing: what is shown here is every user's, and anybody can be signed in. */
export async function answerPanel(
  world: World,
  request: NodeRequest,
  response: ServerResponse,
): Promise<void> {
  const { headers, method, path, readBody } = toHttpRequest(request);
  response.setHeader(DEV_HEADER, 'curfew/dev');
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  const origin = originOf(request);
  const isOwn = method === 'POST' ? isSameOrigin(headers, origin) : isReadHere(headers['sec-fetch-site']);
  if (!isOwn) return sendJson(response, 403, { error: 'not from a page of this origin' });
  const key = `${method === 'HEAD' ? 'GET' : method} ${path}`;
  const current = readCookies({ headers }).credential?.sessionId;
  switch (key) {
    case `GET ${ROUTES.panel}`:
      response.setHeader('content-security-policy', PAGE_POLICY);
      return send(response, 200, 'text/html; charset=utf-8', PAGE);
    case `GET ${ROUTES.module}`:
      return send(response, 200, 'text/javascript; charset=utf-8', await panelModule());
    case `GET ${ROUTES.state}`:
      return sendJson(response, 200, world.state(current));
    case `GET ${ROUTES.stream}`:
      return stream(world, current, response);
    case `POST ${ROUTES.actions}`: {
      if (!headers['content-type']?.startsWith('application/json')) {
        return sendJson(response, 415, { error: 'content-type: must be application/json' });
      }
      try {
        const asked = parsed(await readBody(MAX_ACTION_BYTES));
        const context = { world, curfew: world.curfewFor(origin), request, current };
        const acted = await act(asked, context);
        if (acted.cookies.length > 0) response.setHeader('set-cookie', [...acted.cookies]);
        return sendJson(response, 200, world.state(acted.current));
      } catch (error) {
        if (error instanceof ActionError || isSessionError(error)) {
          return sendJson(response, 400, { error: error.message });
        }
        throw error;
      }
    }
    default:
      return sendJson(response, 404, { error: `${key}: there is nothing here` });
  }
}

/** A page of this origin, a user who types the address, or a program that is no browser. */
function isReadHere(site: string | undefined): boolean {
  return site === undefined || site === 'same-origin' || site === 'none';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ActionError('the body: must be JSON');
  }
}

function stream(world: World, current: string | undefined, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const write = <Name extends keyof DevStreamEvents>(name: Name, data: DevStreamEvents[Name]) =>
    void response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  const writeState = () => write('state', world.state(current));
  // What changes several times in a moment is told once.
  let waits = false;
  const stop = world.listen({
    state() {
      if (waits) return;
      waits = true;
      setImmediate(() => {
        waits = false;
        writeState();
      });
    },
    event: (event) => write('event', event),
    request: (request) => write('request', request),
  });
  response.on('close', stop);
  response.write('retry: 1000\n\n');
  writeState();
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  send(response, status, 'application/json', JSON.stringify(value));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}
