import type { IncomingHttpHeaders } from 'node:http';

/** Node's headers, one text each. Node joins what repeats, but for `set-cookie`, which no request carries. */
export function joinHeaders(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  const joined: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) {
    joined[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return joined;
}
