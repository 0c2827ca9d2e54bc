import type { Card } from './card.ts';
import { make, put } from './dom.ts';
import type { View } from './state.ts';

/** Where the card is: in a modal over everything, or in a corner above everything, or not to be seen. */
export class Place {
  view: View = '';
  /** The focus moves, since this opens or closes. */
  isMoving = false;
  readonly #card: Card;
  readonly #root: ShadowRoot;
  readonly #fallback: () => string;
  readonly #dialog = make('dialog', 'dialog');
  readonly #notice = make('div', 'notice');
  /** Had the focus when the modal opened. */
  #returnTo: (Element & Partial<HTMLOrSVGElement>) | null = null;

  /** @param fallback a selector of what gets the focus where what had it is gone */
  constructor(root: ShadowRoot, card: Card, fallback: () => string) {
    this.#root = root;
    this.#card = card;
    this.#fallback = fallback;
    const [dialog, notice] = [this.#dialog, this.#notice];
    dialog.role = 'alertdialog';
    dialog.setAttribute('aria-describedby', 'text');
    notice.role = 'region';
    notice.popover = 'manual';
    for (const each of [dialog, notice]) each.setAttribute('aria-labelledby', 'title');
    // Browsers close a modal by themselves, at a gesture to go back: not this one, or not for long.
    dialog.setAttribute('closedby', 'none');
    dialog.onclose = () => this.view === 'modal' && !dialog.open && this.raise();
    dialog.append(card.cardElement);
    root.append(dialog, notice);
  }

  /** @returns whether that was somewhere else than before */
  show(view: View): boolean {
    const before = this.view;
    if (before === view) return false;
    this.view = view;
    this.#moving(() => {
      if (before === 'modal') this.#close();
      else if (before) this.#notice.hidePopover?.();
      put(this.#card.liveRegion, '');
      (view === 'notice' ? this.#notice : this.#dialog).append(this.#card.cardElement);
    });
    this.#returnTo = document.activeElement;
    if (view) this.raise();
    return true;
  }

  /** Over everything, also over what the page has opened since, and to where the focus was in it. */
  raise(): void {
    this.#moving(() => {
      const [dialog, notice] = [this.#dialog, this.#notice];
      if (this.view === 'notice') {
        notice.hidePopover?.();
        notice.showPopover?.();
        return;
      }
      const { activeElement } = this.#root;
      if (dialog.open) dialog.close();
      dialog.showModal();
      const { headingElement: heading, stayButton: stay } = this.#card;
      (activeElement instanceof HTMLElement ? activeElement : stay.hidden ? heading : stay).focus();
    });
  }

  #close(): void {
    this.#dialog.close();
    if (this.#returnTo?.isConnected) this.#returnTo.focus?.();
    else {
      const heading = document.querySelector<HTMLElement>(this.#fallback());
      heading?.setAttribute('tabindex', '-1');
      heading?.focus();
    }
  }

  #moving(how: () => void): void {
    this.isMoving = true;
    try {
      how();
    } finally {
      this.isMoving = false;
    }
  }
}
