import { problemDocument, problemHeaders, toSessionError } from '../http/problem.ts';
import { clientRedirect } from '../http/redirect-page.ts';
import { type HttpReply, toHttpReply } from '../http/reply.ts';
import { safeReturnTo } from '../http/return-to.ts';
import { type GuardOptions, type GuardRequest, guard, needsBounce, type SessionOf } from './guard.ts';
import { needsRunCheck, runCheckPage } from './run-page.ts';

export interface SessionGuardOptions extends GuardOptions {
  /**
   * For handlers that render pages: a navigation from another site carries no session cookie, so it is orUnavailable
   * with a tiny page that comes again from this site, once. So is, by a page that looks whether this is the run of
   * the browser that signed in, each document of a session that is bound to it. @default false
   */
  readonly bounce?: boolean | undefined;
}

/** Either the session that the handler runs with, or what to answer in its place. */
export type Decision<Options> =
  | { readonly session: SessionOf<Options>; readonly reply?: undefined }
  | { readonly session?: undefined; readonly reply: GuardReply };

export interface GuardReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What becomes of a request, in the terms of no framework.
 *
 * @param path path and query as they came
 * @throws what is none of ours: the framework answers for a defect
 */
export async function decide<Options extends SessionGuardOptions>(
  request: GuardRequest & { readonly path: string },
  options: Options,
): Promise<Decision<Options>> {
  if (options.bounce && needsBounce(request)) return { reply: comeAgain(request.path) };
  return answer(request, options).catch((error: unknown) => ({ reply: refusal(error) }));
}

async function answer<Options extends SessionGuardOptions>(
  request: GuardRequest,
  options: Options,
): Promise<Decision<Options>> {
  if (options.bounce && (await needsRunCheck(request, options)))
    return { reply: plain(toHttpReply(runCheckPage())) };
  return { session: await guard(request, options) };
}

/** From this site now, so that the cookie comes along. A path that a browser could read as another site is not repeated. */
function comeAgain(path: string): GuardReply {
  return plain(toHttpReply(clientRedirect(safeReturnTo(path))));
}

function refusal(error: unknown): GuardReply {
  const known = toSessionError(error);
  if (known.code === 'ERR_INTERNAL') throw error;
  const body = problemDocument(known);
  return plain(toHttpReply({ status: body.status, headers: problemHeaders(known), body }));
}

function plain({ status, headers, body = '' }: HttpReply): GuardReply {
  return { status, headers, body };
}
