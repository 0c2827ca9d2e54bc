import { bindToBrowser } from '../browser-close/index.ts';
import { createSessionClient } from '../client/index.ts';
import { keepDrafts } from '../drafts/index.ts';
import { ENGLISH, type SessionTimeoutDialog } from '../element/index.ts';
import { showHome } from './home.ts';
import { all, one, say } from './page.ts';
import { loadPolicy } from './policy.ts';
import { countedFetch } from './traffic.ts';
import { startWork } from './work.ts';

const { fetch: counted, traffic } = countedFetch();
const policy = loadPolicy();
const closing = bindToBrowser({
  mode: policy.then(({ browserClose }) => browserClose ?? 'cookie'),
  fetch: counted,
});
const session = createSessionClient({ fetch: closing.fetch });
closing.watch(session);
const dialog = one<SessionTimeoutDialog>('session-timeout-dialog');
const KEPT = ' Your draft is saved on this device.';
dialog.texts = {
  ...ENGLISH,
  warning: (idle) => ENGLISH.warning(idle) + KEPT,
  ended: (reason, ...limits) => ENGLISH.ended(reason, ...limits) + (reason === 'signed-out' ? '' : KEPT),
};

/**
 * Whether this page has shown a session's content: then its end is told over it, by the dialog. A page that opens
 * after the end has nothing to cover; its home page says why.
 */
let worked = false;

/** Shows the part of the page that fits the session. */
function show(): void {
  const { status, reason } = session.getSnapshot();
  document.body.dataset.session = status;
  if (session.getStatus()) {
    worked = true;
    dialog.session = session;
  }
  const view = status === 'loading' ? (worked ? 'work' : 'loading') : worked ? 'work' : 'home';
  if (document.body.dataset.view === view) return;
  document.body.dataset.view = view;
  for (const part of all('[data-show]')) part.hidden = part.dataset.show !== view;
  if (view === 'home') void policy.then((known) => showHome(reason, known));
  if (view === 'work') startWork({ session, traffic, fetch: counted, onFiled: () => drafts.clear() });
}

session.subscribe(show);
session.addEventListener('replaced', ({ detail }) => {
  // What is on this page is another user's now.
  if (!detail.sameUser) location.reload();
});
// Only the tab in which the user chose to leave goes away; the others stay where they are, and say why they ended.
const leave = (signOutUrl = '/?signed-out') => location.assign(signOutUrl);
dialog.addEventListener('signed-out', (event) => {
  event.preventDefault();
  leave((event as CustomEvent<{ signOutUrl?: string }>).detail.signOutUrl);
});
one('[data-action="sign-out"]').addEventListener('click', async () => {
  const done = await session.signOut();
  if (done) leave(done.signOutUrl);
});

const drafts = keepDrafts(session, {
  root: one('#report'),
  onChange: (change) => {
    const note = { kept: 'Your draft is saved on this device.', restored: 'Your draft is back.', erased: '' };
    say('#draft-note', note[change]);
  },
});

session.start();
