/**
 * Whether an address is one that nobody on another machine can listen on (W3C Secure Contexts §3.1).
 *
 * @param hostname as a URL has it: IPv6 in brackets
 */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}
