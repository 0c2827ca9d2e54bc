import { SessionError } from '../../core/errors.ts';
import { NOT_AHEAD } from '../http/purpose.ts';
import type { RequestHeaders } from '../http/request.ts';

/** What the headers of a top-level navigation look like, where a browser sends them. */
const OF_A_NAVIGATION: readonly (readonly [header: string, form: RegExp])[] = [
  ['sec-fetch-mode', /^navigate$/],
  ['sec-fetch-dest', /^document$/],
  ['sec-purpose', NOT_AHEAD],
];

/**
 * A sign-in begins with a page that the user sees: nothing else can finish one. A browser says what a request is for (W3C
 * Fetch Metadata §2, `Sec-Purpose` of the Fetch standard): a prefetched or prerendered page, a frame, an image or a script
 * of any site would ask the provider and set a cookie for nothing. A browser that sends none of these headers is let through.
 *
 * @throws SessionError `ERR_REQUEST_INVALID` naming the header
 */
export function assertTopLevelNavigation(headers: RequestHeaders): void {
  const wrong = OF_A_NAVIGATION.find(([name, form]) => {
    const value = headers[name];
    return value !== undefined && !form.test(value);
  });
  if (wrong)
    throw new SessionError('ERR_REQUEST_INVALID', { detail: `${wrong[0]}: not a top-level navigation` });
}
