import { expect, test } from '@jest/globals';
import { MARK_SCOPE, MARK_SCOPE_BEFORE } from '../../../core/contract.ts';
import { definePolicy } from '../../../core/policy.ts';
import { admitOrReply } from '../../../functions/guard/reply.ts';
import { issuePass } from '../../../functions/sessions/binding-pass.ts';
import { parseCredential } from '../../../functions/sessions/credential.ts';
import { sha256 } from '../../../functions/store/hash.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { createSessionHandler } from '../../support/handlers.ts';
import { SAME_ORIGIN, type Sent, SITE_URL, send, signedIn } from '../../support/http.ts';
import { markOf } from '../../support/marks.ts';
import { createRecorder } from '../../support/observers.ts';
import { MINUTE, T0 } from '../../support/sessions.ts';

const POSTS = [
  '/api/session/touch',
  '/api/session/open',
  '/api/session/close',
  '/api/session/draft-key',
  '/api/sessions/revoke',
];

const request = fc.record({
  /** The last two are guarded. */
  path: fc.constantFrom('/api/session', '/api/sessions', ...POSTS, '/api/orders', '/orders'),
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE'),
  site: fc.constantFrom('same-origin', 'none'),
  mode: fc.constantFrom('navigate', 'cors', 'no-cors', 'websocket'),
  dest: fc.constantFrom('document', 'iframe', 'image', 'empty', 'script', 'websocket'),
  user: fc.boolean(),
  bounce: fc.boolean(),
  /** The best pass that the holder of the cookie can make. */
  pass: fc.boolean(),
  shown: fc.constantFrom('a', 'b', 'Bearer', undefined),
});
const binding = fc.record({
  bound: fc.boolean(),
  confirmed: fc.boolean(),
  scope: fc.constantFrom(MARK_SCOPE, MARK_SCOPE_BEFORE),
});

test('whatever asks, and however: a session that needs the mark of its run answers with it and with nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(binding, request, async ({ bound, confirmed, scope }, asked) => {
      const store = createMemoryStore();
      const policy = definePolicy({ browserClose: 'last-page' });
      const { cookie, session } = await signedIn(store, { now: T0, policy });
      const { sessionId } = session;
      const credential = parseCredential(cookie.split('=')[1])!;
      const write = { ...credential, now: T0, runHash: sha256(`run:${'a'.repeat(43)}`) };
      if (bound) await store.bind({ ...write, scope });
      if (bound && confirmed) await store.confirmBinding(write);
      const before = (await store.read(sessionId))!;
      const now = T0 + 2 * MINUTE;
      const { path, method, site, mode, dest, user, bounce, shown } = asked;
      const pass = issuePass({ ...before, binding: undefined }, now);
      const authorization = shown === 'Bearer' ? 'Bearer abc' : shown && markOf(shown);
      const headers = {
        'sec-fetch-site': site,
        'sec-fetch-mode': mode,
        'sec-fetch-dest': dest,
        ...(user && { 'sec-fetch-user': '?1' }),
        ...(authorization !== undefined && { authorization }),
        'curfew-idle-for': '0',
      };
      const cookies = [cookie, ...(asked.pass ? [`__Host-run=${pass}`] : [])];
      const reply = path.startsWith('/api/session')
        ? await viaApi({ path, cookies, headers }, sessionId)
        : await viaGuard({ path, method, headers: { ...headers, cookie: cookies.join('; ') } }, bounce);

      const needsMark = bound && confirmed && scope === MARK_SCOPE;
      const after = (await store.read(sessionId))!;
      if (needsMark && shown !== 'a') {
        expect(reply.text).not.toContain(session.subject);
        expect(after).toEqual(before);
        // A document outside /api/ is preceded by the page that checks; a request of no site is rejected for that.
        if (reply.status !== 200)
          expect(reply.code ?? 'ERR_RUN_UNCONFIRMED').toMatch(/^ERR_(RUN_UNCONFIRMED|CROSS_SITE)$/);
        else expect(reply.text).toContain('<noscript>');
      } else {
        expect(reply.code).not.toBe('ERR_RUN_UNCONFIRMED');
      }

      async function viaApi(sent: Sent, id: string) {
        const handler = createSessionHandler({
          ...createRecorder(),
          store,
          siteUrl: SITE_URL,
          now: () => now,
          clearSiteData: false,
          browserClose: 'last-page',
          openapi: {},
        });
        const posted = POSTS.includes(sent.path) && {
          method: 'POST',
          headers: { ...sent.headers, ...SAME_ORIGIN },
          body: { sessionId: id, ...(sent.path.endsWith('revoke') && { target: 'all' }) },
        };
        const { status, text, json } = await send(handler, { ...sent, ...posted });
        return { status, text, code: json?.code as string | undefined };
      }

      async function viaGuard(sent: Parameters<typeof admitOrReply>[0], bounces: boolean) {
        const admitted = await admitOrReply(sent, {
          store,
          now: () => now,
          siteUrl: SITE_URL,
          bounce: bounces,
        });
        if (admitted.session) return { status: 200, text: JSON.stringify(admitted.session), code: undefined };
        const { status, body = '' } = admitted.reply;
        const code = body.startsWith('{') ? (JSON.parse(body) as { code: string }).code : undefined;
        return { status, text: body, code };
      }
    }),
    runs(200),
  );
});
