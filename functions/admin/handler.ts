import type { Observers } from '../http/observe.ts';
import { observeFailure } from '../http/observe.ts';
import { problemDocument, toSessionError } from '../http/problem.ts';
import { type AdminContext, administer } from './admin.ts';
import type { AdminReply } from './protocol.ts';

export interface AdminHandlerOptions extends Observers {
  readonly store: AdminContext['store'];
  /** The clock, read once a request. Epoch ms. */
  readonly now: () => number;
}

/**
 * Answers a request, or `{problem}` for a rejected one: an error of the function itself would reach the caller as a
 * stack. Each request is logged, since it may end other people's sessions.
 */
export function createAdminHandler(options: AdminHandlerOptions) {
  const { log, store, now } = options;
  return async (request: unknown): Promise<AdminReply> => {
    try {
      const answer = await administer(request, { store, now: now() });
      const done = 'revoked' in answer ? { revoked: answer.revoked } : { listed: answer.sessions.length };
      log.info('administration', { request, ...done });
      return answer;
    } catch (cause) {
      const error = toSessionError(cause);
      const problem = problemDocument(error);
      if (problem.status >= 500) observeFailure(options, error.code, error);
      return { problem };
    }
  };
}
