import type { Observers } from '../http/observe.ts';
import { observeFailure } from '../http/observe.ts';
import { problemDocument, toSessionError } from '../http/problem.ts';
import { type AdminContext, administer, readRequest } from './admin.ts';
import type { AdminAnswer, AdminReply } from './protocol.ts';

export interface AdminHandlerOptions extends Observers {
  readonly store: AdminContext['store'];
  /** The clock, read once a request. Epoch ms. */
  readonly now: () => number;
}

/**
 * How long a request may go on to another page of sessions, and how long it may take in all, ms: a page of 100 takes up to 17 s with a store that
 * answers third attempts only, and the function has 60 s.
 */
const ENOUGH_MS = 35_000;
export const DEADLINE_MS = 55_000;

/**
 * Answers a request, or `{problem}` for a rejected one: an error of the function itself would reach the caller as a
 * stack. Each request is logged with who asked: it shows or ends other people's sessions. The line has the subject, and
 * neither name nor e-mail address.
 */
export function createAdminHandler(options: AdminHandlerOptions) {
  const { log, store, now } = options;
  return async (input: unknown): Promise<AdminReply> => {
    let asked = {};
    try {
      const request = readRequest(input);
      asked = request;
      const answer = await administer(request, {
        store: store.within(AbortSignal.timeout(DEADLINE_MS)),
        now: now(),
        enough: AbortSignal.timeout(ENOUGH_MS),
      });
      log.info('administration', { ...asked, ...doneBy(answer) });
      return answer;
    } catch (cause) {
      const error = toSessionError(cause);
      const problem = problemDocument(error);
      log.info('administration', { ...asked, code: error.code });
      if (problem.status >= 500) observeFailure(options, error.code, error);
      return { problem };
    }
  };
}

function doneBy(answer: AdminAnswer): Record<string, number> {
  if ('sessions' in answer) return { listed: answer.sessions.length };
  if ('tightened' in answer) return { tightened: answer.tightened, remaining: answer.remaining };
  const { revoked, remaining } = answer;
  return { ...('erased' in answer && { erased: answer.erased }), revoked, remaining };
}
