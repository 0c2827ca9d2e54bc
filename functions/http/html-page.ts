import { createHash } from 'node:crypto';
import type { Reply } from './reply.ts';

/** What stands in a page of ours. All of it is HTML, made safe by the caller. */
export interface HtmlPage {
  readonly title: string;
  /** @default none */
  readonly head?: string;
  /** @default none */
  readonly style?: string;
  /** @default none */
  readonly script?: string;
  readonly body: string;
}

/**
 * A page of ours that runs its own script, looks as its own style says, and loads nothing: each of the two is allowed by its
 * hash. No page can frame it.
 */
export function htmlPage(
  { title, head = '', style, script, body }: HtmlPage,
  extra: Pick<Reply, 'status' | 'cookies' | 'headers' | 'code' | 'failure'> = {},
): Reply {
  const policy = [
    `default-src 'none'`,
    ...(script === undefined ? [] : [`script-src ${hashOf(script)}`]),
    ...(style === undefined ? [] : [`style-src ${hashOf(style)}`]),
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ];
  return {
    ...extra,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'referrer-policy': 'no-referrer',
      ...extra.headers,
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width">
${head}${element('style', style)}${element('script', script)}${body}
</html>
`,
  };
}

/** A value as a JavaScript literal that cannot end the script element around it. */
export function scriptLiteral(value: string | object): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, unicodeEscape);
}

function element(tag: string, content: string | undefined): string {
  return content === undefined ? '' : `<${tag}>${content}</${tag}>\n`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
