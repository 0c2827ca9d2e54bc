import type { Reply } from '../http/reply.ts';
import type { ApiRequest } from '../http/request.ts';
import type { Answer, RoutesOf } from '../http/router.ts';
import { check, setMark, setMarkOfBefore } from './binding.ts';
import { draftKey } from './draft-key.ts';
import type { SessionOptions } from './options.ts';
import { close, open, signOut, status, touch } from './session.ts';
import { list, revoke } from './sessions.ts';

/** The session API by route key. */
export function sessionRoutes(options: SessionOptions): RoutesOf<'session'> {
  /** A route whose requests to the store are given up when the request's time is over. */
  const bounded =
    (answer: (request: ApiRequest, options: SessionOptions) => Promise<Reply>): Answer =>
    (request) =>
      answer(request, { ...options, store: options.store.within(request.signal) });

  return {
    'GET /api/session': bounded(status),
    'POST /api/session/touch': bounded(touch),
    'POST /api/session/sign-out': bounded(signOut),
    'POST /api/session/close': bounded(close),
    'POST /api/session/open': bounded(open),
    'POST /api/session/draft-key': bounded(draftKey),
    'GET /api/mark': bounded(setMark),
    'GET /api/run/set': bounded(setMarkOfBefore),
    'GET /api/run/check': bounded(check),
    'GET /api/sessions': bounded(list),
    'POST /api/sessions/revoke': bounded(revoke),
    'GET /api/openapi.json': async () => ({ body: options.openapi }),
  };
}
