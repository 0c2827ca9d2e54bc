import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { decide, type SessionGuardOptions } from './decide.ts';
import type { SessionOf } from './guard.ts';

/** A request behind the guard: Express's, Connect's, or that of `node:http`. */
export type GuardedRequest<Options = unknown> = IncomingMessage & {
  session: SessionOf<Options>;
  /** Express: the path as it came, whatever the router is mounted at. */
  originalUrl?: string;
};

export type Next = (error?: unknown) => void;

/**
 * Middleware for Express and Connect: puts the session at `req.session`, where express-session has it, or
 * answers a problem document. A defect goes to the application's own error handler.
 */
export function sessionGuard<const Options extends SessionGuardOptions>(options: Options) {
  return (request: IncomingMessage, response: ServerResponse, next: Next): void => {
    const guarded = request as GuardedRequest<Options>;
    const path = guarded.originalUrl ?? request.url ?? '/';
    const asked = { method: request.method ?? 'GET', headers: singleHeaders(request.headers), path };
    decide(asked, options).then((decision) => {
      if (decision.reply) {
        const { status, headers, body } = decision.reply;
        response.writeHead(status, { ...headers }).end(body);
        return;
      }
      guarded.session = decision.session;
      next();
    }, next);
  };
}

/** Node joins what repeats, but for `set-cookie`, which no request carries. */
export function singleHeaders(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  const single: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) {
    single[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return single;
}
