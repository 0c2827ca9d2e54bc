import { evaluate, type Session } from '../../core/lifecycle.ts';
import type { Context } from './context.ts';

/**
 * The live sessions of the user whose session asks, newest first. The index is eventually consistent: the session that
 * asks is among them even if the index does not have it yet.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function listLive({ store, now }: Context, current: Session): Promise<Session[]> {
  const indexed = await store.listBySubject(current.subject);
  const others = indexed.filter(({ sessionId }) => sessionId !== current.sessionId);
  return [current, ...others]
    .filter((session) => evaluate(session, now).state === 'live')
    .sort((a, b) => b.createdAt - a.createdAt);
}
