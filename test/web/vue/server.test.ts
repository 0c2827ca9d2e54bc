import { expect, test } from '@jest/globals';
import { createSSRApp, h } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { createSessionClient } from '../../../web/client/index.ts';
import { keepDrafts } from '../../../web/drafts/index.ts';
import { SessionTimeoutDialog, useDraft, useSession } from '../../../web/vue/index.ts';

test('renders on a server, where there is no document, as «loading», and leaves no listener there', async () => {
  const session = createSessionClient();
  const listeners: unknown[] = [];
  const counted: typeof session = {
    ...session,
    subscribe: (listener) => {
      listeners.push(listener);
      return () => {};
    },
  };
  const app = createSSRApp({
    setup() {
      const snapshot = useSession(counted);
      const colour = useDraft(keepDrafts(counted), 'colour', 'red');
      return () => [
        h('p', `${snapshot.value.status} ${colour.value}`),
        h(SessionTimeoutDialog, { session: counted, signInHref: '/sign-in', notify: true }),
      ];
    },
  });
  const html = await renderToString(app);
  expect(html).toContain('<p>loading red</p>');
  expect(html).toContain('<session-timeout-dialog sign-in-href="/sign-in" notify></session-timeout-dialog>');
  expect(listeners).toEqual([]);
});

test('a draft on a server stays as it begins', () => {
  const colour = useDraft(keepDrafts(createSessionClient()), 'colour', 'red');
  colour.value = 'blue';
  expect(colour.value).toBe('red');
});
