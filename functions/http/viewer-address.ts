import { isIP, isIPv6 } from 'node:net';
import { trimSpaces } from '../../core/spaces.ts';
import type { HttpRequest } from './request.ts';

/**
 * The address of the browser that a request comes from; undefined where nothing says it.
 *
 * @param proxyHops addresses in `X-Forwarded-For` behind the viewer's: 1 behind CloudFront and API Gateway, which adds that of
 *   CloudFront. 0: the header is whatever the client says, and not looked at; the address is the connection's. So it is
 *   where the header holds no address at that place
 */
export function viewerAddress(
  { headers, sourceIp }: Pick<HttpRequest, 'headers' | 'sourceIp'>,
  proxyHops: number,
): string | undefined {
  const forwarded = proxyHops > 0 ? headers['x-forwarded-for']?.split(',').at(-1 - proxyHops) : undefined;
  return ipAddress(forwarded) ?? ipAddress(sourceIp);
}

/** The longest IPv6 address has 45 characters; brackets, a port and spaces come on top. */
const MAX_LENGTH = 64;

/** What some proxies write: a port, and brackets around an IPv6 address. */
const DECORATED = /^(?:\[([^\]]*)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/;

/** An IP address without its port; undefined for anything else, an address with a zone (`fe80::1%eth0`) included: its text is free. */
export function ipAddress(text: string | undefined): string | undefined {
  if (text === undefined || text.length > MAX_LENGTH) return undefined;
  const bare = trimSpaces(text);
  const [, bracketed, withPort] = DECORATED.exec(bare) ?? [];
  const address = bracketed ?? withPort ?? bare;
  const isAddress = bracketed === undefined ? isIP(address) !== 0 : isIPv6(address);
  return isAddress && !address.includes('%') ? address : undefined;
}
