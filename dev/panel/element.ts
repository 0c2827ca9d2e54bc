import type { SessionClient } from '../../web/client/types.ts';
import { PANEL_TAG } from '../protocol.ts';
import { type Guarded, guardPage } from './guard.ts';
import { createPanel } from './panel.ts';

/**
 * `<curfew-panel>`: what the development server knows of sessions, and buttons for what happens to them. A button in a corner opens
 * it as a drawer over the page; with the attribute `page` it is all of the page. It watches the client of the page's
 * `<session-timeout-dialog>`, or the one that it is given as `session`.
 */
export class CurfewPanel extends HTMLElement implements Guarded {
  readonly #panel = createPanel(this, () => this.hasAttribute('page'));

  /** The client to watch. @default that of the page's `<session-timeout-dialog>` */
  get session(): SessionClient | undefined {
    return this.#panel.session;
  }
  set session(session: SessionClient | undefined) {
    this.#panel.session = session;
  }

  /** @internal called by the browser */
  connectedCallback(): void {
    const { session } = this;
    // Set before the element was defined, it is a property of its own, which hides the accessor that the types know.
    delete (this as { session?: unknown }).session;
    this.session = session;
    // One is enough, whoever else has put one into the page.
    if (shown?.isConnected) return;
    shown = this;
    this.#panel.connect();
  }

  /** @internal called by the browser */
  disconnectedCallback(): void {
    if (shown !== this) return;
    shown = undefined;
    this.#panel.disconnect();
  }

  /** @internal called by the guard of the page */
  onInput(event: Event): void {
    this.#panel.onInput(event);
  }

  /** @internal called by the guard of the page */
  onFocusIn(from: EventTarget | null): void {
    this.#panel.onFocusIn(from);
  }
}

let shown: CurfewPanel | undefined;

/** Makes the tag known, and keeps the page from what happens in it. A second time, it does nothing. */
export function defineCurfewPanel(): void {
  if (customElements.get(PANEL_TAG)) return;
  // Before the element: what is in the page already begins to work now.
  guardPage((path) => path.find((each) => each instanceof CurfewPanel));
  customElements.define(PANEL_TAG, CurfewPanel);
}

declare global {
  interface HTMLElementTagNameMap {
    'curfew-panel': CurfewPanel;
  }
}
