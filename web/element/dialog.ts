import type { SessionClient } from '../client/types.ts';
import { createDisplay } from './display.ts';
import { type SessionTimeoutDialogEvents, TAG } from './tag.ts';
import type { OwnTexts } from './texts.ts';

/** On a server there is no HTMLElement, but the module can be imported; nothing is ever made of this class there. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

type Listens = <K extends keyof SessionTimeoutDialogEvents>(
  type: K,
  listener: (event: SessionTimeoutDialogEvents[K]) => void,
  options?: AddEventListenerOptions | undefined,
) => void;

/**
 * `<session-timeout-dialog>`: warns before the session ends, offers to stay, and says why it has ended. A native modal
 * `alertdialog`, or a notice in a corner, in a shadow root of its own and above whatever the page shows. Style it through its
 * custom properties and its parts. Of several in a page, one shows.
 *
 * Attributes: `sign-in-href` (default `/api/auth/sign-in`; the page's own address is added as `returnTo`),
 * `focus-fallback` (a selector for where focus goes when the element that had it is gone; default `h1`), `ended`, which says
 * what shows once the session has ended: `cover` covers the page, `notice` stands in a corner, `event` shows nothing, `redirect`
 * empties the page and leaves it for `ended-href` (default `/`; default: `cover` where this document has known a live session,
 * else `notice`), `notify`: a warning in a hidden tab is a
 * notification of the system, too, where the page has permission for those.
 *
 * Reflects `data-state` and, once ended, `data-reason`. Fires `ended` once the session has ended, and `signed-out` after its
 * "Sign out"; unless that is cancelled, the page goes to the provider's sign-out address, where there is one. Fires `replaced`
 * when somebody else has signed in; unless that is cancelled, it covers the page, which goes to `/`.
 *
 * "Sign in again" opens `/api/auth/sign-in` in a small window, after which this page and the other tabs go on where they were.
 * Another address is opened so if its query says `display=popup`, and none if it says `display=page`.
 */
export class SessionTimeoutDialog extends Base {
  /** Knows the events of this element beside those of all. */
  declare addEventListener: Listens & HTMLElement['addEventListener'];
  /** Removes what `addEventListener` added. */
  declare removeEventListener: Listens & HTMLElement['removeEventListener'];

  readonly #display = createDisplay(this, () => {
    // A copy of an element is one of its class.
    const copy = this.cloneNode() as SessionTimeoutDialog;
    return Object.assign(copy, { texts: this.texts, session: this.session });
  });

  /** The client to show; setting another one releases the first. */
  get session(): SessionClient | undefined {
    return this.#display.session;
  }
  set session(session: SessionClient | undefined) {
    this.#display.setSession(session);
  }

  /** The texts of the page's own. Set all of them or some: the others are in the language of the page, or in English. */
  get texts(): OwnTexts {
    return this.#display.texts;
  }
  set texts(texts: OwnTexts | undefined) {
    this.#display.texts = texts ?? {};
    this.#display.render();
  }

  /** @internal called by the browser */
  connectedCallback(): void {
    this.#display.connect();
    const { session, texts } = this;
    // Set before the element was defined, they are properties of its own, which hide the accessors of this class. The types
    // know the accessors only.
    const early = this as { session?: unknown; texts?: unknown };
    delete early.session;
    delete early.texts;
    this.texts = texts;
    this.session = session;
  }

  /** @internal called by the browser */
  disconnectedCallback(): void {
    this.#display.disconnect();
  }
}

/** Makes the tag known. On a server, and a second time, it does nothing. */
export function defineSessionTimeoutDialog(): void {
  const registry = globalThis.customElements;
  if (registry && !registry.get(TAG)) registry.define(TAG, SessionTimeoutDialog);
}

declare global {
  interface HTMLElementTagNameMap {
    'session-timeout-dialog': SessionTimeoutDialog;
  }
}
