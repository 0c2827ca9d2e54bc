import type { Card } from './card.ts';
import { make, put } from './dom.ts';
import type { View } from './state.ts';

/** Where the card is: in a modal over everything, or in a corner above everything, or not to be seen. */
export interface Place {
  view: View;
  /** Whether the page waits for the dialog: then no input is the page's. */
  isModal: boolean;
  /** The focus moves, since this opens or closes. */
  isMoving: boolean;
  /** @returns whether that was somewhere else than before */
  show(view: View): boolean;
  /** Over everything, also over what the page has opened since, and to where the focus was in it. */
  raise(): void;
  /** Dispatches an event to where the focus was in the page. */
  toPage(event: Event): void;
}

/** @param fallback a selector of what gets the focus where what had it is gone */
export function createPlace(root: ShadowRoot, card: Card, fallback: () => string): Place {
  const dialog = make('dialog', 'dialog', { role: 'alertdialog' }, card.cardElement);
  const notice = make('div', 'notice', { role: 'region', popover: 'manual' });
  /** Had the focus when the modal opened. */
  let returnTo: (Element & Partial<HTMLOrSVGElement>) | null = null;
  for (const each of [dialog, notice]) each.setAttribute('aria-labelledby', 'title');
  dialog.setAttribute('aria-describedby', 'text');
  // Browsers close a modal by themselves, at a gesture to go back: not this one, or not for long.
  dialog.setAttribute('closedby', 'none');
  dialog.onclose = () => place.isModal && !dialog.open && place.raise();
  root.append(dialog, notice);

  function moving(how: () => void): void {
    place.isMoving = true;
    try {
      how();
    } finally {
      place.isMoving = false;
    }
  }

  function close(): void {
    dialog.close();
    if (returnTo?.isConnected) returnTo.focus?.();
    else {
      const heading = document.querySelector<HTMLElement>(fallback());
      heading?.setAttribute('tabindex', '-1');
      heading?.focus();
    }
  }

  const place: Place = {
    view: '',
    isModal: false,
    isMoving: false,
    show(view) {
      const { view: before, isModal: wasModal } = place;
      if (before === view) return false;
      place.view = view;
      place.isModal = view === 'modal';
      moving(() => {
        if (wasModal) close();
        else if (before) notice.hidePopover?.();
        put(card.liveRegion, '');
        (view === 'notice' ? notice : dialog).append(card.cardElement);
      });
      returnTo = document.activeElement;
      if (view) place.raise();
      return true;
    },
    raise() {
      moving(() => {
        if (!place.isModal) {
          notice.hidePopover?.();
          notice.showPopover?.();
          return;
        }
        const { activeElement } = root;
        if (dialog.open) dialog.close();
        dialog.showModal();
        // A pointer that the page has locked is not seen, and points at nothing of ours. Phones have none.
        document.exitPointerLock?.();
        const { headingElement: heading, stayButton: stay } = card;
        (activeElement instanceof HTMLElement ? activeElement : stay.hidden ? heading : stay).focus();
      });
    },
    toPage: (event) => (returnTo?.isConnected ? returnTo : document.body).dispatchEvent(event),
  };
  return place;
}
