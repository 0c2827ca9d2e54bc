import * as headless from '@headlessui/react';
import MuiModal from '@mui/material/Modal';
import * as radix from '@radix-ui/react-dialog';
import { createFocusTrap } from 'focus-trap';
import { createElement, type ReactNode, useState } from 'react';
import * as aria from 'react-aria-components';
import { createRoot } from 'react-dom/client';
import { createSessionClient } from '../../../web/client/index.ts';
import '../../../web/element/index.ts';

/** A page that works in a modal of somebody else's, which `data-host` of its body names. */
const session = createSessionClient();
const heard: string[] = [];

interface Shown {
  readonly isOpen: boolean;
  readonly close: () => void;
}

const field = createElement('input', { id: 'inside', 'aria-label': 'Note' });

const MODALS: Readonly<Record<string, (shown: Shown) => ReactNode>> = {
  radix: ({ isOpen, close }) =>
    createElement(
      radix.Root,
      { open: isOpen, onOpenChange: close },
      createElement(
        radix.Portal,
        null,
        createElement(radix.Overlay),
        createElement(
          radix.Content,
          { 'aria-describedby': undefined },
          createElement(radix.Title, null, 'Order'),
          field,
        ),
      ),
    ),
  mui: ({ isOpen, close }) =>
    createElement(MuiModal, {
      open: isOpen,
      onClose: close,
      // biome-ignore lint/correctness/noChildrenProp: its type demands them as a property.
      children: createElement('div', { tabIndex: -1 }, field),
    }),
  'react-aria': ({ isOpen, close }) =>
    createElement(
      aria.ModalOverlay,
      { isOpen, onOpenChange: close, isDismissable: true },
      createElement(aria.Modal, null, createElement(aria.Dialog, { 'aria-label': 'Order' }, field)),
    ),
  'headless-ui': ({ isOpen, close }) =>
    createElement(
      headless.Dialog,
      { open: isOpen, onClose: close },
      createElement(headless.DialogPanel, null, field),
    ),
};

function App({ host }: { host: string }) {
  const [isOpen, setOpen] = useState(true);
  return MODALS[host]?.({ isOpen, close: () => setOpen(false) });
}

for (const type of ['keydown', 'keyup', 'pointerdown', 'mousedown', 'click', 'focusin', 'focusout']) {
  for (const capture of [true, false]) {
    document.addEventListener(type, () => void heard.push(type), { capture });
  }
}
const root = document.querySelector<HTMLElement>('#root');
const { host = '' } = document.body.dataset;
if (root && host === 'focus-trap') {
  root.innerHTML = '<div id="trap"><input id="inside" aria-label="Note"></div>';
  createFocusTrap(root, { onDeactivate: () => root.replaceChildren() }).activate();
} else if (root) createRoot(root).render(createElement(App, { host }));
const dialog = document.querySelector('session-timeout-dialog');
if (dialog) dialog.session = session;
session.start();
Object.assign(globalThis, { session, heard });
