/**
 * The guard for any server with the fetch API's `Request`.
 *
 * @module
 */

import { type Exactly, type GuardEntryOptions, withDefaults } from './defaults.ts';
import { admitOrReply } from './reply.ts';
import { type SessionOf, sessionFor } from './session.ts';

export type { GuardEntryOptions } from './defaults.ts';
export type { GuardObserver } from './options.ts';
export type { ActiveSession, EndedSession, NoSession, SessionOf } from './session.ts';

/** Either the session to continue with, or the response to give in place of the handler's. */
export type Checked<Options> =
  | { readonly session: SessionOf<Options>; readonly response?: undefined }
  | { readonly session?: undefined; readonly response: Response };

/**
 * The check over the `Request` of the fetch API, for any server: made once, called for each request.
 *
 * ```ts
 * const check = createCheck({ tableName, siteUrl });
 * const { session, response } = await check(request);
 * if (response) return response;
 * ```
 */
export function createCheck<const Options extends GuardEntryOptions = Record<never, never>>(
  options?: Exactly<Options>,
): (request: Request) => Promise<Checked<Options>> {
  const guard = withDefaults(options ?? {});
  return async (request) => {
    const { pathname, search } = new URL(request.url);
    const headers = Object.fromEntries(request.headers);
    const asked = { method: request.method, headers, path: pathname + search };
    const { session, reply } = await admitOrReply(asked, guard);
    if (!reply) return { session: sessionFor<Options>(session) };
    return { response: new Response(reply.body ?? null, { status: reply.status, headers: reply.headers }) };
  };
}
