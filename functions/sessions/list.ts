import { evaluate, type Session } from '../../core/lifecycle.ts';
import type { SubjectEntry, SubjectPage } from '../store/session-store.ts';
import type { Context } from './context.ts';

/** Live sessions on one page. */
const PAGE_SIZE = 100;
/** Rows read for one page: behind each live session may lie as many tombstones as a day has sign-ins. */
const MAX_ROWS = 500;

export interface LivePage {
  readonly sessions: readonly Session[];
  /** Undefined: this was the last page. */
  readonly next: SubjectEntry | undefined;
}

/** A user's sessions page by page, live or not, newest first. @throws SessionError `ERR_STORE_UNAVAILABLE` */
export async function* pagesBySubject(
  { store }: Pick<Context, 'store'>,
  subject: string,
  from?: SubjectEntry,
): AsyncGenerator<SubjectPage> {
  let after = from;
  do {
    const page = await store.listBySubject(subject, { after });
    yield page;
    after = page.next;
  } while (after);
}

/**
 * A page of a user's live sessions, newest first. A row that can't be understood is left out.
 *
 * @param from.current the session that asks: on the first page even if the index, which is eventually consistent, does not
 *   have it yet
 * @param from.after the `next` of the page before
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function listLive(
  context: Context,
  subject: string,
  { current, after }: { readonly current?: Session; readonly after?: SubjectEntry | undefined } = {},
): Promise<LivePage> {
  const found: Session[] = after || !current ? [] : [current];
  let rows = 0;
  let next: SubjectEntry | undefined;
  for await (const page of pagesBySubject(context, subject, after)) {
    const others = page.sessions.filter(({ sessionId }) => sessionId !== current?.sessionId);
    found.push(...others.filter((session) => evaluate(session, context.now).state === 'live'));
    rows += page.sessions.length + page.unreadable.length;
    next = page.next;
    if (found.length >= PAGE_SIZE || rows >= MAX_ROWS) break;
  }
  return { sessions: found.toSorted((a, b) => b.createdAt - a.createdAt), next };
}
