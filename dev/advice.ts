import { joinHeaders } from '../functions/guard/node-headers.ts';
import { readCookies } from '../functions/http/cookies.ts';
import type { NodeRequest } from '../functions/server/request.ts';
import { ROUTES } from './protocol.ts';
import type { World } from './world.ts';

/** Which port's server a browser signed in at last: browsers keep the cookies of a host together, whatever the port. */
export const PORT_COOKIE = 'curfew-dev-port';

/** The cookie that says so. */
export function portCookie(origin: string): string {
  return `${PORT_COOKIE}=${new URL(origin).port}; Path=/; SameSite=Strict`;
}

/** Says what is known to go wrong on a developer's machine, where a request shows that it does. Each is said once. */
export function advise(world: World, request: NodeRequest, origin: string): void {
  const { headers } = request;
  if (headers['service-worker'] === 'script') {
    world.sayOnce(
      `${origin} has a service worker. What it answers never comes here: it must leave ${world.basePath}/ and ${ROUTES.panel} alone (with Workbox by navigateFallbackDenylist: [/^\\/${world.basePath.slice(1)}\\//, /^\\/__curfew/]).`,
    );
  }
  const { credential } = readCookies({ headers: joinHeaders(headers) });
  if (credential && !world.row(credential.sessionId)) world.sayOnce(unknownSession(request, origin));
}

function unknownSession({ headers }: NodeRequest, origin: string): string {
  const { hostname, port } = new URL(origin);
  const signedInAt = new RegExp(`(?:^|; )${PORT_COOKIE}=(\\d*)`).exec(headers.cookie ?? '')?.[1];
  const whose =
    signedInAt !== undefined && signedInAt !== port
      ? `signed in at port ${signedInAt || '80 or 443'} of ${hostname}`
      : `shows a session at ${origin} that is not in this server's file`;
  return `A browser ${whose}. Cookies of a host are those of all its ports, so a sign-in at one of two servers takes the other's place. Open one of them by another name, such as ${origin.replace(hostname, 'app.localhost')}.`;
}

/**
 * What is wrong with a request to the API by a page of another origin of this machine; undefined: it is none. `localhost` and
 * `127.0.0.1` are two sites to a browser, and a `Strict` cookie does not go from one to the other.
 */
export function otherOrigin({ headers }: NodeRequest, origin: string): string | undefined {
  const page = headers.origin;
  if (page === undefined || page === 'null' || page === origin || !URL.canParse(page)) return undefined;
  const [theirs, ours] = [new URL(page), new URL(origin)];
  const why =
    theirs.hostname === ours.hostname
      ? 'Let the page and the API have one origin: by the proxy of your development server, or by curfew dev --proxy.'
      : `To a browser ${theirs.hostname} and ${ours.hostname} are two sites, and the session's cookie does not go from one to the other. Open the page at ${page.replace(theirs.hostname, ours.hostname)}, and let it ask its own origin.`;
  return `A page of ${page} asks the API of ${origin}. ${why}`;
}
