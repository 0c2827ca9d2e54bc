import type { IncomingHttpHeaders } from 'node:http';
import { PANEL_HTML } from './panel-routes.ts';

/** What may stand before a page's own elements: without the doctype in front, the page would be shown in quirks mode. */
const BEFORE = /^(?:\u00ef\u00bb\u00bf|\s|<!--[\s\S]*?-->)*<!doctype[^>]*>/i;

/**
 * Adds the panel's script to a page, right after its doctype, so that it runs before any other script. A page that does not begin with a
 * doctype stays as it is.
 *
 * @param start the first bytes of the page
 */
export function withPanel(start: Buffer): Buffer {
  // A character for each byte.
  const [before] = BEFORE.exec(start.toString('latin1')) ?? [];
  if (before === undefined) return start;
  return Buffer.concat([
    start.subarray(0, before.length),
    Buffer.from(PANEL_HTML),
    start.subarray(before.length),
  ]);
}

/** Whether a reply is a page that the panel can be added to. @param status 200 for a whole page */
export function isPage(status: number | undefined, headers: IncomingHttpHeaders): boolean {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  return status === 200 && /^text\/html\b/i.test(type) && encoding === 'identity';
}

/** The directive of a page's policy that forbids the panel; undefined: none does. @param origin of the page */
export function forbiddenBy(headers: IncomingHttpHeaders, origin: string): string | undefined {
  const policies = [headers['content-security-policy'] ?? []].flat().flatMap((text) => text.split(','));
  return policies.map((policy) => forbiddenIn(policy, origin)).find((directive) => directive !== undefined);
}

/** The module is loaded from the page's own origin, and asks that. */
function forbiddenIn(policy: string, origin: string): string | undefined {
  const directives = new Map(
    policy
      .split(';')
      .map((text) => text.trim().split(/\s+/))
      .map(([name = '', ...sources]) => [name.toLowerCase(), sources] as const),
  );
  const governing = (names: readonly string[]) => names.find((name) => directives.has(name));
  const script = governing(['script-src-elem', 'script-src', 'default-src']);
  const connect = governing(['connect-src', 'default-src']);
  if (script !== undefined && !letsOwn(directives.get(script) ?? [], origin)) return script;
  if (connect !== undefined && !letsOwn(directives.get(connect) ?? [], origin)) return connect;
  return undefined;
}

/** By `'strict-dynamic'`, only scripts with a nonce or hash count (CSP Level 3 §8.2). */
function letsOwn(sources: readonly string[], origin: string): boolean {
  if (sources.includes("'strict-dynamic'")) return false;
  // `http:` stands for https as well (CSP Level 3 §6.7.2.9).
  const own = ["'self'", '*', 'http:', new URL(origin).protocol];
  return sources.some((source) => own.includes(source));
}
