import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { clientRedirect } from '../../../functions/http/redirect-page.ts';
import fc from '../../support/fast-check.ts';

/** What a browser reads of the page: its one script, the refresh and the link. */
function read(html: string) {
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)];
  const unescaped = (text: string) =>
    text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
  return {
    scripts: scripts.map((match) => match[1]!),
    refresh: unescaped(/http-equiv="refresh" content="1;url=([^"]*)"/.exec(html)![1]!),
    link: unescaped(/<a href="([^"]*)">/.exec(html)![1]!),
  };
}

test('redirects by its own script, by a refresh and by a link, all to the same path', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (rest) => {
      const path = `/${rest}`;
      const { scripts, refresh, link } = read(String(clientRedirect(path).body));
      const redirects: string[] = [];
      runInNewContext(scripts[0]!, { location: { replace: (to: string) => redirects.push(to) } });
      expect({ count: scripts.length, redirects, refresh, link }).toEqual({
        count: 1,
        redirects: [path],
        refresh: path,
        link: path,
      });
    }),
    { numRuns: 500, examples: [['</script><script>alert(1)</script>'], ['"\'<!--&\u2028']] },
  );
});

test('runs that script and nothing else', () => {
  const page = clientRedirect('/work');
  const [script] = read(String(page.body)).scripts;
  const hash = createHash('sha256').update(script!).digest('base64');
  expect(page.headers?.['content-security-policy']).toBe(
    `default-src 'none'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  expect(page.headers?.['referrer-policy']).toBe('no-referrer');
});
