import { BINDING_CHALLENGE } from '../../core/contract.ts';

/** Where the challenge is given; at the second path to pages of the last release. */
export const CHALLENGES = ['/api/mark', '/api/run/set'] as const;

/** A path without an extension is a route of the single-page application; every route gets the same document. */
export const PAGE_ROUTES = "if (!/\\.[^/]+$/.test(request.uri)) request.uri = '/index.html';";

/**
 * The challenge that binds a session to a run of the browser, given at the edge since API Gateway renames
 * `WWW-Authenticate`. Only a page's own script gets it, which has the mark ready; a navigation would end in a password
 * prompt.
 */
const CHALLENGE = `
function challenge(request) {
  var headers = request.headers;
  var site = headers['sec-fetch-site'], dest = headers['sec-fetch-dest'];
  var byScript = site && site.value === 'same-origin' && dest && dest.value === 'empty';
  if (headers.authorization || !byScript) return request;
  return {
    statusCode: 401,
    statusDescription: 'Unauthorized',
    headers: {
      'www-authenticate': { value: '${BINDING_CHALLENGE}' },
      'cache-control': { value: 'no-store' }
    }
  };
}`;

/** What the function of a distribution does. */
export interface ViewerFunctionParts {
  /** Whether it challenges on the paths of {@link CHALLENGES}. */
  readonly challenges: boolean;
  /** Whether every other path without an extension is a route of the page. */
  readonly pageRoutes: boolean;
}

/** The code of the one function for viewer requests: of several behaviors, since each takes one only, and tells them apart by path. */
export function viewerFunctionCode({ challenges, pageRoutes }: ViewerFunctionParts): string {
  const isChallenge = CHALLENGES.map((path) => `request.uri === '${path}'`).join(' || ');
  return `function handler(event) {
  var request = event.request;${challenges ? `\n  if (${isChallenge}) return challenge(request);` : ''}${pageRoutes ? `\n  ${PAGE_ROUTES}` : ''}
  return request;
}${challenges ? CHALLENGE : ''}`;
}
