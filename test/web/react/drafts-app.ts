import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createSessionClient } from '../../../web/client/index.ts';
import { keepDrafts } from '../../../web/drafts/index.ts';
import { SessionTimeoutDialog, useDraft, useSession } from '../../../web/react/index.ts';

/** Fields that React controls, one that comes later, and a state that is in no field. */
const session = createSessionClient();
const drafts = keepDrafts(session);

/** What the server has saved, if it is another size than at first. */
const root = document.querySelector<HTMLElement>('#root')!;

function Order() {
  const { status } = useSession(session);
  const [note, setNote] = useState('');
  const [gift, setGift] = useState(false);
  const [late, setLate] = useState('');
  const [size, setSize] = useDraft(drafts, 'size', root.dataset.size ?? 'S');
  const field = (name: string, value: string, set: (value: string) => void) =>
    createElement('input', { id: name, name, value, onChange: ({ target }) => set(target.value) });
  return createElement(
    'form',
    { id: 'order' },
    createElement('h1', null, 'Order'),
    field('note', note, setNote),
    createElement('input', {
      id: 'gift',
      name: 'gift',
      type: 'checkbox',
      checked: gift,
      onChange: ({ target }) => setGift(target.checked),
    }),
    status === 'active' && field('late', late, setLate),
    createElement('button', { id: 'size', type: 'button', onClick: () => setSize('M') }, size),
    createElement('output', null, JSON.stringify([note, gift, late, size])),
    createElement(SessionTimeoutDialog, { session }),
  );
}

createRoot(root).render(createElement(StrictMode, null, createElement(Order)));
Object.assign(globalThis, { session, drafts });
