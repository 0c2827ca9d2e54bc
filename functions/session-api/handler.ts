import type { BrowserClose } from '../../core/contract.ts';
import { RevokeRequest, SessionRequest, TouchRequest } from '../../core/protocol.ts';
import type { Provider } from '../auth/provider.ts';
import { createHttpHandler, get, type HttpHandler, post, type StackOptions } from '../http/stack.ts';
import type { BindingStore } from '../store/binding-store.ts';
import type { SessionStore } from '../store/session-store.ts';
import { check, set } from './browser-run.ts';
import { close, open, signOut, status, touch } from './session.ts';
import { list, revoke } from './sessions.ts';

export interface SessionOptions {
  readonly store: SessionStore & BindingStore;
  /** Where sign-out goes on to. Left out: it ends here. */
  readonly provider?: Pick<Provider, 'signOutUrl'> | undefined;
  /** Sign-out sends `Clear-Site-Data`: it takes the host application's storage too, drafts included. */
  readonly clearSiteData: boolean;
  /** What new sessions are bound to: where it is the cookie alone, no browser is ever challenged. @default 'cookie' */
  readonly browserClose?: BrowserClose | undefined;
  /** The OpenAPI document of this very API. */
  readonly openapi: object;
}

/** The session API, and the problem documents for what no route takes. */
export function createSessionHandler(options: SessionOptions & Omit<StackOptions, 'routes'>): HttpHandler {
  return createHttpHandler({
    ...options,
    routes: [
      get('/api/session', (request) => status(request, options)),
      post('/api/session/touch', TouchRequest, (request) => touch(request, options)),
      post('/api/session/sign-out', SessionRequest, (request) => signOut(request, options)),
      post('/api/session/close', SessionRequest, (request) => close(request, options)),
      post('/api/session/open', SessionRequest, (request) => open(request, options)),
      get('/api/run/set', (request) => set(request, options)),
      get('/api/run/check', (request) => check(request, options)),
      get('/api/sessions', (request) => list(request, options)),
      post('/api/sessions/revoke', RevokeRequest, (request) => revoke(request, options)),
      get('/api/openapi.json', async () => ({ body: options.openapi })),
    ],
  });
}
