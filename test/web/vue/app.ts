import { createApp, createSSRApp, defineComponent, h, shallowRef } from 'vue';
import { createSessionClient } from '../../../web/client/index.ts';
import { keepDrafts } from '../../../web/drafts/index.ts';
import { SessionTimeoutDialog, useDraft, useSession } from '../../../web/vue/index.ts';

/** What the browser test of the binding runs: bundled with Vue's development build. */
const session = createSessionClient();
const drafts = keepDrafts(session);
const [seen, errors, events]: string[][] = [[], [], []];

const Status = defineComponent(() => {
  const snapshot = useSession(session);
  const size = useDraft(drafts, 'size', 'S');
  return () => {
    const { status } = snapshot.value;
    if (seen!.at(-1) !== status) seen!.push(status);
    return h('p', { id: 'status' }, [
      status,
      h('button', { id: 'size', type: 'button', onClick: () => (size.value = 'M') }, size.value),
    ]);
  };
});

/** Is rendered each second of a warning, with texts that are new each time. */
const Dialog = defineComponent(() => {
  const snapshot = useSession(session);
  return () =>
    h(SessionTimeoutDialog, {
      'data-left': snapshot.value.remainingSeconds,
      session,
      texts: { stay: 'Bleiben' },
      onEnded: ({ detail }) => events!.push(String(detail.reason)),
    });
});

const App = defineComponent(() => {
  const isShown = shallowRef(true);
  const toggle = () => (isShown.value = !isShown.value);
  return () =>
    h('main', [
      h('h1', 'Vue'),
      h('button', { id: 'toggle', type: 'button', onClick: toggle }, 'Toggle'),
      isShown.value ? h(Status) : null,
      isShown.value ? h(Dialog) : null,
    ]);
});

const root = document.querySelector('#root')!;
const start = () => {
  const app = (root.hasChildNodes() ? createSSRApp : createApp)(App);
  app.config.warnHandler = (message) => void errors!.push(message);
  app.config.errorHandler = (error) => void errors!.push(String(error));
  app.mount(root);
};
Object.assign(globalThis, { session, seen, errors, events, start });
if (root.hasAttribute('data-late')) {
  session.subscribe(() => session.getSnapshot().status === 'active' && seen!.length === 0 && start());
  session.start();
} else start();
