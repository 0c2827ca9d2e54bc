import { bindToBrowser } from 'curfew/browser-close';
import { createSessionClient } from 'curfew/client';
import { type DraftChange, keepDrafts } from 'curfew/drafts';
import { ENGLISH, type SessionTimeoutDialog } from 'curfew/element';
import { find, findAll, setText } from './dom.ts';
import { showHome } from './home.ts';
import { loadPolicy } from './policy.ts';
import { countedFetch } from './traffic.ts';
import { startWork } from './work.ts';

const { fetch: counted, traffic } = countedFetch();
const policy = loadPolicy();
const browserClose = bindToBrowser({
  mode: policy.then(({ browserClose: mode }) => mode ?? 'cookie'),
  fetch: counted,
});
const session = createSessionClient({ fetch: browserClose.fetch });
browserClose.watch(session);
const dialog = find<SessionTimeoutDialog>('session-timeout-dialog');
/** Said only while it is true. */
const kept = () => (drafts.isSaved() ? ' Your draft is saved on this device.' : '');
dialog.texts = {
  warning: (...told) => ENGLISH.warning(...told) + kept(),
  ended: (...told) => ENGLISH.ended(...told) + kept(),
};

/**
 * Whether this page has shown a session's content. If so, the dialog tells the end over it; a page that opens after
 * the end has nothing to cover, and its home view says why.
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
  const view = worked ? 'work' : status === 'loading' ? 'loading' : 'home';
  if (document.body.dataset.view === view) return;
  document.body.dataset.view = view;
  for (const part of findAll('[data-show]')) part.hidden = part.dataset.show !== view;
  if (view === 'home') void policy.then((known) => showHome(reason, known));
  if (view === 'work') startWork({ session, traffic, fetch: counted, drafts });
}

session.subscribe(show);
// Only the tab in which the user chose to leave goes away; the others stay where they are, and say why they ended.
const leave = (signOutUrl = '/?signed-out') => location.assign(signOutUrl);
dialog.addEventListener('signed-out', (event) => {
  event.preventDefault();
  // The element documents this event's detail; the DOM types every custom event as `Event`.
  leave((event as CustomEvent<{ signOutUrl?: string }>).detail.signOutUrl);
});
find('[data-action="sign-out"]').addEventListener('click', async () => {
  const done = await session.signOut();
  if (done) leave(done.signOutUrl);
});

const NOTES: Record<DraftChange, string> = {
  kept: 'Your draft is saved on this device.',
  restored: 'Your draft is back.',
  outdated: 'The report has changed since, and your draft is kept.',
  erased: '',
  unsaved: '',
};
const discard = find<HTMLButtonElement>('#draft-discard');
const drafts = keepDrafts(session, {
  root: find('#report'),
  onChange: (change) => {
    setText('#draft-note', NOTES[change]);
    // An offer until the user has typed on.
    discard.hidden = change !== 'restored' && change !== 'outdated';
  },
});
discard.addEventListener('click', () => {
  drafts.discard();
  setText('#draft-note', '');
  discard.hidden = true;
});

session.start();
