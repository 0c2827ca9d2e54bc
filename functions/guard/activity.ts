import { HEADERS } from '../../core/contract.ts';
import { NOT_AHEAD } from '../http/purpose.ts';
import type { RequestHeaders } from '../http/request.ts';
import type { GuardObserver } from './options.ts';
import { tell } from './tell.ts';

/**
 * How long ago the user was active according to the request, ms; undefined: it says nothing, so it is passive. A
 * malformed header is passive too, since no client may extend a session by a mistake, nor lose a request by one.
 */
export function activityAge(headers: RequestHeaders, observer?: GuardObserver): number | undefined {
  const age = headers[HEADERS.idleFor];
  if (age === undefined) return isUserNavigation(headers) ? 0 : undefined;
  if (/^\d{1,15}$/.test(age)) return Number(age);
  tell(() => observer?.refused?.('ERR_REQUEST_INVALID'));
  return undefined;
}

/**
 * A page that the user opened: by a link, a form or the address bar; not by a script, a frame or a reload that nobody
 * asked for (W3C Fetch Metadata), nor what the browser loads ahead of a user who may never see it.
 */
function isUserNavigation(headers: RequestHeaders): boolean {
  return (
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document' &&
    headers['sec-fetch-user'] === '?1' &&
    NOT_AHEAD.test(headers['sec-purpose'] ?? '')
  );
}
