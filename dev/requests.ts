import { isLoopback } from '../core/loopback.ts';
import type { NodeRequest } from '../functions/server/request.ts';

/** The path of a request, without its query, wherever the router is mounted. */
export function pathOf({ originalUrl, url = '/' }: NodeRequest): string {
  return (originalUrl ?? url).split('?', 1).join();
}

/** Host and port as the browser has them; by HTTP/2 they are a header of its own. */
function hostOf({ headers }: NodeRequest): string {
  return headers.host ?? String(headers[':authority'] ?? '');
}

/** The origin of the page that the request is of. @throws TypeError for a host that is none: {@link refusal} comes first */
export function originOf(request: NodeRequest): string {
  const isEncrypted = 'encrypted' in request.socket || request.headers['x-forwarded-proto'] === 'https';
  return new URL(`${isEncrypted ? 'https' : 'http'}://${hostOf(request)}`).origin;
}

/**
 * Why a request gets no answer from a development server: it does not come from this machine, or from a page that has another
 * name than this machine's own, which any site can give it (DNS rebinding). Undefined: it may pass.
 */
export function refusal(request: NodeRequest): string | undefined {
  const { remoteAddress } = request.socket;
  const peer = remoteAddress?.replace(/^::ffff:/, '');
  if (peer !== undefined && !isOwnHost(peer)) return outside(`a request from ${peer}`);
  const forwardedHost = [request.headers['x-forwarded-host'] ?? []].flat()[0]?.split(',', 1).join();
  for (const host of [hostOf(request), forwardedHost]) {
    if (host !== undefined && !isOwnName(host)) return outside(`the host '${host}'`);
  }
  return undefined;
}

function isOwnName(host: string): boolean {
  const { hostname = '', pathname } = URL.parse(`http://${host}`) ?? {};
  return isOwnHost(hostname) && pathname === '/';
}

/** Whether a host is this machine's own. @param hostname as a URL has it, or `::1` */
export function isOwnHost(hostname: string): boolean {
  return isLoopback(hostname) || hostname === '::1' || hostname.endsWith('.localhost');
}

function outside(what: string): string {
  return `curfew/dev answers on this machine alone, at localhost, *.localhost, 127.0.0.1 and [::1], and not to ${what}. Anybody can sign in here as anybody.\n`;
}

/** Whether a browser shows the answer as a page. */
export function isDocument({ headers }: NodeRequest): boolean {
  return headers['sec-fetch-dest'] === 'document';
}
