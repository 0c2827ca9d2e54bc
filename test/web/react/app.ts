import { createElement, StrictMode, useState } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { createSessionClient } from '../../../web/client/index.ts';
import { SessionTimeoutDialog, useSession } from '../../../web/react/index.ts';

/** What the browser test of the binding runs: bundled with React's development build. */
const session = createSessionClient();
const seen: string[] = [];
const events: string[] = [];

function Status() {
  const { status } = useSession(session);
  if (seen.at(-1) !== status) seen.push(status);
  return createElement('p', { id: 'status' }, status);
}

/** Is rendered each second of a warning, with texts that are new each time. */
function Dialog() {
  useSession(session);
  return createElement(SessionTimeoutDialog, {
    session,
    texts: { stay: 'Bleiben' },
    onEnded: ({ detail }) => events.push(String(detail.reason)),
  });
}

function App() {
  const [shown, setShown] = useState(true);
  return createElement(
    'main',
    null,
    createElement('h1', null, 'React'),
    createElement('button', { id: 'toggle', type: 'button', onClick: () => setShown(!shown) }, 'Toggle'),
    shown && createElement(Status),
    shown && createElement(Dialog),
  );
}

const root = document.querySelector('#root')!;
const app = createElement(StrictMode, null, createElement(App));
const errors: string[] = [];
const report = (error: unknown) => void errors.push(String(error));
if (root.hasChildNodes()) hydrateRoot(root, app, { onRecoverableError: report });
else createRoot(root, { onUncaughtError: report }).render(app);
Object.assign(globalThis, { session, seen, errors, events });
