import type { Device } from '../../core/lifecycle.ts';
import type { ApiRequest } from './request.ts';

/** The longest user agent that is kept, characters. Real ones are under 200. */
const MAX_USER_AGENT = 256;

/** The device of a request, as shown in the user's list of sessions. It decides nothing. */
export function deviceOf({
  headers,
  viewerAddress: address,
}: Pick<ApiRequest, 'headers' | 'viewerAddress'>): Device {
  return { userAgent: headers['user-agent']?.slice(0, MAX_USER_AGENT).toWellFormed(), address };
}
