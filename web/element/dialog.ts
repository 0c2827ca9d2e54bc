import type { SessionStatus } from '../../core/protocol.ts';
import { createTimer } from '../client/clock.ts';
import type { SessionClient } from '../client/types.ts';
import { Announcer } from './announcer.ts';
import { Card, isAbsolute, type Shown } from './card.ts';
import { put } from './dom.ts';
import { guard } from './guard.ts';
import { ENGLISH_LANGUAGE, type Language, langOf, loadLanguage } from './language.ts';
import { Place } from './place.ts';
import { openSignInWindow } from './sign-in-window.ts';
import { ABSOLUTE_MODAL_MS, type Choice, type DialogState, dialogState, viewOf } from './state.ts';
import { STYLES } from './styles.ts';
import type { SessionTimeoutDialogEvents } from './tag.ts';
import type { DialogTexts } from './texts.ts';

/** What is pressed sooner than this after the user could see what is asked was meant for something else, ms. */
const UNSEEN_MS = 700;
/** Ends that are less than this apart are one, ms: the clocks by which they are told may differ. */
const SAME_END_MS = 60_000;

/** On a server there is no HTMLElement, but the module can be imported; nothing is ever made of this class there. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

const TAG = 'session-timeout-dialog';

type Listens = <K extends keyof SessionTimeoutDialogEvents>(
  type: K,
  listener: (event: SessionTimeoutDialogEvents[K]) => void,
  options?: AddEventListenerOptions,
) => void;

/** Those that are in the page, in the order in which they came. The first that has a session shows it. */
const connected = new Set<SessionTimeoutDialog>();

/**
 * `<session-timeout-dialog>`: warns before the session ends, offers to stay, and says why it has ended. A native modal
 * `alertdialog`, or a notice in a corner, in a shadow root of its own and above whatever the page shows. Style it through its
 * custom properties and its parts. Of several in a page, one shows.
 *
 * Attributes: `sign-in-href` (default `/api/auth/sign-in`; the page's own address is added as `returnTo`),
 * `focus-fallback` (a selector for where focus goes when the element that had it is gone; default `h1`), `ended`, which says
 * what shows once the session has ended: `cover` covers the page, `notice` stands in a corner, `event` shows nothing
 * (default: `cover` where this document has known a live session, else `notice`), `notify`: a warning in a hidden tab is a
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

  readonly #root = this.attachShadow({ mode: 'open' });
  readonly #card = new Card();
  readonly #announcer = new Announcer(this.#card.liveRegion);
  readonly #place = new Place(this.#root, this.#card, () => this.getAttribute('focus-fallback') ?? 'h1');
  /** A modal of the page hides everything beside it, this element included; and a page may change its language. */
  readonly #observer = new MutationObserver(() => {
    if (this.#place.view) this.#expose();
    void this.#speak();
  });

  /** The `lang` for which a language was last asked for. */
  #lang: string | undefined;
  #loaded = ENGLISH_LANGUAGE;
  /** The page's own texts. */
  #own: Partial<DialogTexts> = {};
  #session: SessionClient | undefined;
  /** Of the client that it shows. */
  #watch = new AbortController();
  #stopper = new AbortController();
  /** For the absolute limit, of which the client tells nothing between its changes. */
  #wake: ((delayMs?: number) => void) | undefined;
  #state: DialogState = '';
  #choice: Choice = '';
  /** What the user has closed. */
  #dismissed: DialogState = '';
  /** The session that was live here last. */
  #known: SessionStatus | undefined;
  /** It was no page of this window that signed out. */
  #isElsewhere = false;
  /** When the user could first see what is asked now, by the monotonic clock. */
  #seenAt = Number.POSITIVE_INFINITY;
  /** The key that is down went down while the user could see what is asked. */
  #isKeyMeant = false;
  /** Of the system, while the dialog waits in a hidden tab. */
  #notification: Notification | undefined;
  /** The page's own title, while ours stands before it. */
  #title: string | undefined;

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    this.#root.adoptedStyleSheets = [sheet];
  }

  /** The client to show; setting another one releases the first. */
  get session(): SessionClient | undefined {
    return this.#session;
  }
  set session(session: SessionClient | undefined) {
    this.#watch.abort();
    this.#watch = new AbortController();
    this.#wake?.();
    this.#wake = session && createTimer(session.clock, () => this.#render());
    this.#session = session;
    if (this.isConnected && session) {
      const { signal } = this.#watch;
      signal.onabort = session.subscribe(() => this.#render());
      session.addEventListener('replaced', ({ detail }) => detail.sameUser || this.#leave(), { signal });
    }
    for (const element of connected) element.#render();
  }

  /** What this page shows is none of the new user's business. It is covered at once, whatever else is set, and then it goes. */
  #leave(): void {
    if (!this.#leads || !this.dispatchEvent(new CustomEvent('replaced', { cancelable: true }))) return;
    this.setAttribute('ended', 'cover');
    this.#render();
    put(this.#card.liveRegion, this.#language.texts.signInOther);
    location.replace('/');
  }

  /** The texts of the page's own. Set all of them or some: the others are in the language of the page, or in English. */
  get texts(): Partial<DialogTexts> {
    return this.#own;
  }
  set texts(texts: Partial<DialogTexts> | undefined) {
    this.#own = texts ?? {};
    this.#render();
  }

  /** @internal called by the browser */
  connectedCallback(): void {
    connected.add(this);
    this.#stopper = new AbortController();
    const { signal } = this.#stopper;
    guard(
      {
        root: this.#root,
        isModal: () => this.#place.view === 'modal',
        isMoving: () => this.#place.isMoving,
        onInput: (event, path) => this.#onInput(event, path),
        onCovered: () => this.#place.view && !this.#place.isMoving && this.#place.raise(),
      },
      signal,
    );
    document.addEventListener('visibilitychange', () => this.#render(), { signal });
    for (const root of [document, this.getRootNode()])
      this.#observer.observe(root, { subtree: true, attributeFilter: ['lang', 'aria-hidden', 'inert'] });
    const { session, texts } = this;
    // Set before the element was defined, they are properties of its own, which hide the accessors of this class. The types
    // know the accessors only.
    const early = this as { session?: unknown; texts?: unknown };
    delete early.session;
    delete early.texts;
    this.texts = texts;
    this.session = session;
    void this.#speak();
  }

  /** @internal called by the browser */
  disconnectedCallback(): void {
    connected.delete(this);
    this.#watch.abort();
    this.#stopper.abort();
    this.#observer.disconnect();
    this.#render();
    for (const element of connected) element.#render();
  }

  /** Of several in a page, the first that has a session is the one that shows it. */
  get #leads(): boolean {
    const [leader] = [...connected].filter((element) => element.#session);
    return leader === this;
  }

  #render(): void {
    this.#wake?.();
    const session = this.#session;
    const known = session?.getStatus();
    const snapshot = session?.getSnapshot();
    // A client that was stopped has no status: what it last knew is no news.
    if (!session || !snapshot || !this.#leads || !(known || snapshot.status === 'ended')) {
      this.#show('');
      return;
    }
    if (known && known.sessionId !== this.#known?.sessionId) this.#dismissed = '';
    const last = known ?? this.#known;
    this.#known = last;
    const { status, reason, connection, endedAt, expiresAt, absoluteExpiresAt } = snapshot;
    if (status === 'active') this.#choice = '';
    const now = session.clock.now();
    const absoluteLeftMs = (absoluteExpiresAt ?? 0) - now;
    // A server of another release may say nothing of it.
    const absoluteWarnBeforeMs = known?.absoluteWarnBeforeMs ?? 0;
    const wait = absoluteLeftMs - absoluteWarnBeforeMs;
    if (absoluteLeftMs > 0) this.#wake?.(wait > 0 ? wait : (absoluteLeftMs % 1_000) + 1);
    const state = dialogState(snapshot, {
      choice: this.#choice,
      dismissed: this.#dismissed,
      absoluteLeftMs,
      absoluteWarnBeforeMs,
    });
    const isEnded = state === 'ended';
    if (isEnded && this.#state !== state) {
      this.#isElsewhere = reason === 'signed-out' && !document.hasFocus();
      if (wasClosed(endedAt)) this.#dismissed = state;
    }
    const isOfAbsolute = isAbsolute(state);
    this.#show(state, {
      reason: this.#isElsewhere ? 'elsewhere' : (reason ?? 'unknown'),
      isOffline: connection === 'offline',
      timeoutMs: last?.[isOfAbsolute || reason === 'absolute' ? 'absoluteTimeoutMs' : 'idleTimeoutMs'],
      at: isEnded ? endedAt : isOfAbsolute ? absoluteExpiresAt : expiresAt,
      now,
      left: isOfAbsolute ? Math.max(0, Math.ceil(absoluteLeftMs / 1_000)) : (snapshot.remainingSeconds ?? 0),
      whole: (isOfAbsolute ? ABSOLUTE_MODAL_MS : (known?.warnBeforeMs ?? 1)) / 1_000,
    });
  }

  /** Loads the language of the page, before the network may be gone. */
  async #speak(): Promise<void> {
    const lang = langOf(this);
    if (lang === this.#lang) return;
    this.#lang = lang;
    const language = await loadLanguage(lang);
    // The page may have changed it once more meanwhile.
    if (lang !== this.#lang) return;
    this.#loaded = language;
    this.#render();
  }

  get #language(): Language {
    const { tag, pageTag, texts } = this.#loaded;
    const isOwn = Object.keys(this.#own).length > 0;
    return { tag: isOwn ? pageTag : tag, texts: { ...texts, ...this.#own } };
  }

  #show(
    state: DialogState,
    about?: Pick<Shown, 'reason' | 'isOffline' | 'timeoutMs' | 'at' | 'now' | 'left' | 'whole'>,
  ): void {
    const before = this.#state;
    const language = this.#language;
    const session = this.#session;
    const ended = this.getAttribute('ended') ?? (this.#known ? 'cover' : 'notice');
    const view = viewOf(state, this.#dismissed, ended);
    const reason = session?.getSnapshot().reason ?? null;
    this.#state = state;
    this.dataset.state = state;
    this.dataset.reason = (state && reason) ?? '';
    if (state && about) {
      this.#card.write({
        ...about,
        state,
        isModal: view === 'modal',
        // Closed once more, nothing would count down to the end.
        isDismissible: this.#dismissed !== 'absolute' || state === 'ended',
        language,
        signInHref: this.getAttribute('sign-in-href') ?? '/api/auth/sign-in',
      });
    }
    const isNew = this.#place.show(view);
    if (view) this.#expose();
    if (state && view && about && session) {
      if (isNew || (before !== state && (state === 'ended' || state === 'absolute'))) this.#ask();
      this.#announcer.announce(state, about.left, language, isNew, session.clock);
    }
    this.#cue();
    this.#notify(isNew);
    if (state === 'ended' && before !== state) {
      if (view === 'modal') this.#card.headingElement.focus();
      this.dispatchEvent(new CustomEvent(state, { detail: { reason } }));
    }
  }

  /** What is asked now can be answered once the user has seen it, which is not before the tab is looked at. */
  #ask(): void {
    this.#seenAt = Number.POSITIVE_INFINITY;
    this.#isKeyMeant = false;
    requestAnimationFrame(() => {
      this.#seenAt = this.#session?.clock.monotonic() ?? this.#seenAt;
    });
  }

  #notify(isNew: boolean): void {
    if (this.#place.view !== 'modal' || !document.hidden) this.#notification?.close();
    else if (isNew && this.hasAttribute('notify') && globalThis.Notification?.permission === 'granted') {
      const { headingElement, text } = this.#card;
      try {
        // Several tabs have one between them.
        this.#notification = new Notification(headingElement.textContent, {
          body: text.textContent,
          tag: TAG,
        });
        this.#notification.onclick = () => focus();
      } catch {
        // On phones pages may show none without a service worker: the title says it all the same.
      }
    }
  }

  /** A modal's contents are in no inert part of a page, but may be hidden from assistive technology with what is around them. */
  #expose(): void {
    this.removeAttribute('inert');
    for (let node: Element | null = this; node; node = this.#place.view === 'modal' ? parentOf(node) : null)
      node.removeAttribute('aria-hidden');
  }

  #onInput(event: Event, path: readonly EventTarget[]): void {
    const button = this.#card.buttons.find((each) => path.includes(each));
    const isSeen = (this.#session?.clock.monotonic() ?? 0) - this.#seenAt >= UNSEEN_MS;
    if (event instanceof KeyboardEvent) this.#onKey(event, button, isSeen);
    else if (event.type === 'click') {
      // Assistive technology clicks without a pointer: whoever uses it has been told what the button is. A click is a MouseEvent.
      const { detail, ctrlKey, metaKey, shiftKey } = event as MouseEvent;
      const isMeant = isSeen || !detail;
      const isPlain = !ctrlKey && !metaKey && !shiftKey;
      if (!isMeant || (button === this.#card.againLink && isPlain && this.#signIn())) event.preventDefault();
      else if (button) this.#choose(button);
    }
  }

  /** Keys are answered here, not by the clicks that browsers make of them: those tell nothing of when the key went down. */
  #onKey(event: KeyboardEvent, button: HTMLElement | undefined, isSeen: boolean): void {
    const { key, type, repeat } = event;
    const isDown = type === 'keydown';
    if (isDown) this.#isKeyMeant = isSeen && !repeat;
    const isMeant = this.#isKeyMeant;
    if (key === 'Escape' && this.#place.view === 'modal') {
      event.preventDefault();
      if (isDown && isMeant) this.#choose(this.#card.stayButton);
    } else if (button && (key === 'Enter' || key === ' ')) {
      // A link is followed by the browser, which knows of the other keys that are held.
      if (isMeant && button === this.#card.againLink) return;
      event.preventDefault();
      if (isDown && isMeant) this.#choose(button);
    }
  }

  #choose(button: HTMLElement): void {
    const { stayButton: stay, leaveButton: leave, dismissButton: dismiss } = this.#card;
    const isOfAbsolute = isAbsolute(this.#state);
    if (button === leave) void this.#signOut();
    else if (button === dismiss || (button === stay && isOfAbsolute)) {
      this.#dismissed = this.#state;
      if (this.#state === 'ended') keepClosed(this.#session?.getSnapshot().endedAt ?? null);
      this.#render();
    } else if (button === stay && this.#state !== 'ended') void this.#extend();
  }

  /** @returns false where the link is to be followed */
  #signIn(): boolean {
    const { againLink, liveRegion } = this.#card;
    const isOpen = openSignInWindow(againLink);
    if (isOpen) put(liveRegion, this.#language.texts.signingIn);
    return isOpen;
  }

  async #extend(): Promise<void> {
    const session = this.#session;
    if (!session || this.#choice === 'staying') return;
    this.#choice = 'staying';
    this.#render();
    this.#choice = (await session.extend()) ? '' : 'failed';
    this.#render();
  }

  async #signOut(): Promise<void> {
    const done = await this.#session?.signOut();
    if (!done) {
      put(this.#card.liveRegion, this.#language.texts.failed);
      return;
    }
    const goesOn = this.dispatchEvent(new CustomEvent('signed-out', { detail: done, cancelable: true }));
    if (goesOn && done.signOutUrl) location.assign(done.signOutUrl);
  }

  /** Says it in the page's title while the tab is hidden. */
  #cue(): void {
    // Unless the page has given itself another title since.
    if (this.#title !== undefined && document.title.endsWith(this.#title)) document.title = this.#title;
    this.#title = undefined;
    if (this.#place.view !== 'modal' || !document.hidden) return;
    this.#title = document.title;
    const cue = this.#state === 'ended' ? this.#language.texts.signedOut : this.#card.clock.textContent;
    document.title = `${cue} · ${this.#title}`;
  }
}

/** Around an element, the host of its shadow tree included. */
function parentOf(element: Element): Element | null {
  // Only a shadow root has a host.
  return element.parentElement ?? (element.getRootNode() as Partial<ShadowRoot>).host ?? null;
}

/** The user has closed the notice of this end: no page of this browser shows it again. */
function keepClosed(endedAt: number | null): void {
  try {
    localStorage.setItem(TAG, `${endedAt ?? 0}`);
  } catch {
    // Forbidden, or full: it comes again.
  }
}

function wasClosed(endedAt: number | null): boolean {
  try {
    const closed = localStorage.getItem(TAG);
    return closed !== null && Math.abs(Number(closed) - (endedAt ?? 0)) < SAME_END_MS;
  } catch {
    return false;
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
