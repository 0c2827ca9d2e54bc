import type { Observers } from '../http/observe.ts';
import { observeFailure } from '../http/observe.ts';
import { problemDocument, toSessionError } from '../http/problem.ts';
import type { DueIndex } from '../store/due-index.ts';
import type { SessionStore } from '../store/session-store.ts';
import { administer } from './admin.ts';

export interface AdminHandlerOptions extends Observers {
  readonly store: SessionStore & DueIndex;
  /** The clock, read once a request. Epoch ms. */
  readonly now: () => number;
}

/**
 * Answers a request, or `{problem}` for a refusal: an error of the function itself would reach the caller as a
 * stack. Each request is logged, since ending other people's sessions is.
 */
export function createAdminHandler(options: AdminHandlerOptions) {
  const { log, store, now } = options;
  return async (request: unknown): Promise<object> => {
    const context = { store, now: now() };
    return administer(request, context).then(
      (answer) => {
        const done = 'revoked' in answer ? { revoked: answer.revoked } : { listed: answer.sessions.length };
        log.info('administration', { request: request as object, ...done });
        return answer;
      },
      (error: unknown) => {
        const known = toSessionError(error);
        const problem = problemDocument(known);
        if (problem.status >= 500) observeFailure(options, known.code, known);
        return { problem };
      },
    );
  };
}
