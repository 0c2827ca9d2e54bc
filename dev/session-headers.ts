import { SESSION_HEADERS } from '../core/contract.ts';
import type { GuardedSession } from '../functions/guard/session.ts';
import type { NodeRequest } from '../functions/server/request.ts';

/**
 * Ours by their names, however an application writes them: CGI, WSGI and PHP take `_` and `-` for the same.
 */
const OURS = /^x[-_]curfew[-_]/i;

/** Removes from a request what only this server may say. */
export function removeSessionHeaders({
  headers,
  rawHeaders,
}: Pick<NodeRequest, 'headers' | 'rawHeaders'>): void {
  for (const name of Object.keys(headers)) if (OURS.test(name)) delete headers[name];
  for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
    if (OURS.test(rawHeaders[at] ?? '')) rawHeaders.splice(at, 2);
  }
}

/** Tells an application of the session of a request. Some servers read the one list, and some the other. */
export function addSessionHeaders(
  { headers, rawHeaders }: Pick<NodeRequest, 'headers' | 'rawHeaders'>,
  session: GuardedSession,
): void {
  for (const [name, value] of Object.entries(sessionHeaders(session))) {
    headers[name] = value;
    rawHeaders.push(name, value);
  }
}

/** The headers that tell of a session. */
export function sessionHeaders(session: GuardedSession): Record<string, string> {
  const told: [string, string | undefined][] = [[SESSION_HEADERS.state, session.state]];
  if (session.state === 'ended') told.push([SESSION_HEADERS.reason, session.reason]);
  if (session.state === 'active') {
    told.push(
      [SESSION_HEADERS.sessionId, session.sessionId],
      [SESSION_HEADERS.subject, session.subject],
      [SESSION_HEADERS.name, session.user.name],
      [SESSION_HEADERS.email, session.user.email],
    );
  }
  return Object.fromEntries(
    told.flatMap(([name, value]) => (value === undefined ? [] : [[name, encoded(value)]])),
  );
}

/** As it may stand in a header: `decodeURIComponent` and its like in other languages give the text back. */
function encoded(text: string): string {
  return text.toWellFormed().replace(/%|[^\x20-\x7e]+/g, encodeURIComponent);
}
