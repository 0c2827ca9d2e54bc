import { problemDocument, problemHeaders, toSessionError } from '../http/problem.ts';
import { type HttpReply, toHttpReply } from '../http/reply.ts';
import { admit, type GuardRequest } from './admit.ts';
import type { GuardOptions } from './options.ts';
import type { GuardedSession } from './session.ts';

/** Either the session that the handler runs with, or the reply in the handler's place. */
export type Admitted =
  | { readonly session: GuardedSession; readonly reply?: undefined }
  | { readonly session?: undefined; readonly reply: HttpReply };

/**
 * As {@link admit}, with a rejected request answered by its problem document (RFC 9457).
 *
 * @throws the error of a defect: the framework answers that
 */
export async function admitOrReply(request: GuardRequest, options: GuardOptions): Promise<Admitted> {
  try {
    const { session, page } = await admit(request, options);
    return page ? { reply: toHttpReply(page) } : { session };
  } catch (error) {
    return { reply: problemReply(error, options) };
  }
}

/** A problem document. @throws the error of a defect */
export function problemReply(cause: unknown, { basePath }: Pick<GuardOptions, 'basePath'>): HttpReply {
  const error = toSessionError(cause);
  if (error.code === 'ERR_INTERNAL') throw cause;
  const body = problemDocument(error, basePath);
  return toHttpReply({ status: body.status, headers: problemHeaders(error), body });
}
