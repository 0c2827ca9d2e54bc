import { decide, type SessionGuardOptions } from './decide.ts';
import type { SessionOf } from './guard.ts';

/** Either the session to go on with, or the response to give in place of the handler's. */
export type Checked<Options> =
  | { readonly session: SessionOf<Options>; readonly response?: undefined }
  | { readonly session?: undefined; readonly response: Response };

/**
 * The guard as a plain function over the `Request` of the fetch API, for servers that are not Lambda.
 *
 * ```ts
 * const { session, response } = await checkRequest(request, options);
 * if (response) return response;
 * ```
 */
export async function checkRequest<const Options extends SessionGuardOptions>(
  request: Request,
  options: Options,
): Promise<Checked<Options>> {
  const { pathname, search } = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  const decision = await decide({ method: request.method, headers, path: pathname + search }, options);
  if (!decision.reply) return { session: decision.session };
  const { status, headers: orUnavailable, body } = decision.reply;
  return { response: new Response(body, { status, headers: orUnavailable }) };
}
