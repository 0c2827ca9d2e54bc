import { isLoopback } from '../core/loopback.ts';
import { parseUrl } from '../functions/http/url.ts';
import type { NodeRequest } from '../functions/server/request.ts';

/** The path of a request, without its query, wherever the router is mounted. */
export function pathOf({ originalUrl, url = '/' }: NodeRequest): string {
  return (originalUrl ?? url).split('?', 1).join();
}

/** Host and port as the browser has them; by HTTP/2 they are a header of its own. */
function hostOf({ headers }: NodeRequest): string {
  return headers.host ?? String(headers[':authority'] ?? '');
}

/** The origin at which the browser asked. @throws TypeError where the host is not valid, which {@link refusal} looks at first */
export function originOf(request: NodeRequest): string {
  const isEncrypted = 'encrypted' in request.socket || request.headers['x-forwarded-proto'] === 'https';
  return new URL(`${isEncrypted ? 'https' : 'http'}://${hostOf(request)}`).origin;
}

/**
 * Why a request gets no answer from a development server: it does not come from this machine, or from a page that has another
 * name than this machine's own, which any site can give it (DNS rebinding). Undefined: it may pass.
 *
 * Each proxy on its way adds what it saw to what the client had sent, in front or behind, so all of that has to be of this machine. One
 * that adds nothing, and asks by a name of this machine, can't be told from a browser here.
 */
export function refusal(request: NodeRequest): string | undefined {
  const { remoteAddress } = request.socket;
  const peer = remoteAddress?.replace(/^::ffff:/, '');
  if (peer !== undefined && !isOwnHost(peer)) return outside(`a request from ${peer}`);
  const hosts = [hostOf(request), ...listed(request, 'x-forwarded-host'), ...forwarded(request, 'host')];
  const host = hosts.find((each) => !isOwnName(each));
  if (host !== undefined) return outside(`the host '${host}'`);
  const addresses = [...listed(request, 'x-forwarded-for'), ...forwarded(request, 'for')];
  const address = addresses.find((each) => !isOwnHost(each.replace(/^::ffff:/, '')) && !isOwnName(each));
  return address === undefined ? undefined : outside(`a request from ${address}`);
}

/** The values of a header that is a list. */
function listed({ headers }: NodeRequest, name: string): string[] {
  const values = [headers[name] ?? []].flat().flatMap((text) => text.split(','));
  return values.map((value) => value.trim()).filter((value) => value !== '');
}

/** What `Forwarded` says of each proxy on the way (RFC 7239). */
function forwarded(request: NodeRequest, parameter: 'for' | 'host'): string[] {
  const pairs = listed(request, 'forwarded').flatMap((element) => element.split(';'));
  return pairs
    .map((pair) => /^\s*([a-z]+)\s*=\s*"?([^"]*?)"?\s*$/i.exec(pair))
    .flatMap((found) => (found?.[1]?.toLowerCase() === parameter ? [found[2] ?? ''] : []));
}

function isOwnName(host: string): boolean {
  const { hostname = '', pathname } = parseUrl(`http://${host}`) ?? {};
  return isOwnHost(hostname) && pathname === '/';
}

/** Whether a host is this machine's own. @param hostname as a URL has it, or `::1` */
export function isOwnHost(hostname: string): boolean {
  return isLoopback(hostname) || hostname === '::1' || hostname.endsWith('.localhost');
}

/** What it says of itself where it does not run. */
export const NOT_IN_PRODUCTION =
  'curfew/dev lets anybody sign in as anybody and does not run where NODE_ENV is production';

/** @param environment `NODE_ENV` */
export function isProduction(environment: string | undefined): boolean {
  // `set NODE_ENV=production && node server.js` of Windows has a space behind it.
  return environment?.trim() === 'production';
}

function outside(what: string): string {
  return `curfew/dev answers on this machine alone, at localhost, *.localhost, 127.0.0.1 and [::1], and not to ${what}. Anybody can sign in here as anybody.\n`;
}

/** Whether a browser shows the answer as a page. */
export function isDocument({ headers }: NodeRequest): boolean {
  return headers['sec-fetch-dest'] === 'document';
}
