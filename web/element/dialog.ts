import type { SessionStatus } from '../../core/protocol.ts';
import type { SessionClient, Snapshot } from '../client/types.ts';
import { make, put } from './dom.ts';
import {
  type Choice,
  type DialogState,
  dialogState,
  isAnnounced,
  type OpenState,
  UNANNOUNCED,
} from './state.ts';
import { type DialogTexts, ENGLISH } from './texts.ts';

/** Text in a live region that was shown less than this ago is not announced, ms. */
const SETTLE_MS = 150;

const UNITS = [
  [3_600_000, 'hour'],
  [60_000, 'minute'],
] as const;

/** On a server there is no HTMLElement, but the module can be imported; nothing is ever made of this class there. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

const TAG = 'session-timeout-dialog';

/**
 * `<session-timeout-dialog>`: warns before the session ends, offers to stay, and says why it has ended. A native
 * modal `alertdialog` in the light DOM: style it through its custom properties and classes (`dialog.css`).
 *
 * Attributes: `sign-in-href` (default `/api/auth/sign-in`; the page's own address is added as `returnTo`),
 * `focus-fallback` (a selector for where focus goes when the element that had it is gone; default `h1`).
 * Reflects `data-state` and, once ended, `data-reason`. Fires `signed-out` after its "Sign out"; unless that is
 * cancelled, the page goes to the provider's sign-out address, where there is one.
 */
export class SessionTimeoutDialog extends Base {
  /** The texts, replaceable one by one: `element.texts = { ...element.texts, stay: 'Bleiben' }`. */
  texts: DialogTexts = ENGLISH;

  readonly #clock = make('div', 'clock');
  readonly #heading = make('h2', 'title');
  readonly #text = make('p', 'text');
  /** The one live region. */
  readonly #live = make('p', 'live');
  readonly #stay = make('button', 'stay');
  readonly #again = make('a', 'again');
  readonly #leave = make('button', 'leave');
  readonly #dialog = make(
    'dialog',
    'dialog',
    this.#clock,
    this.#heading,
    this.#text,
    this.#live,
    make('div', 'actions', this.#stay, this.#again, this.#leave),
  );

  #session: SessionClient | undefined;
  #unsubscribe: (() => void) | undefined;
  #stopper = new AbortController();
  #state: DialogState = '';
  #choice: Choice = '';
  /** Seconds that were left when the countdown was last announced. */
  #announcedAt = UNANNOUNCED;
  /** The two timeouts of the session that was last known, in words. */
  #limits: string[] = [];
  /** Had the focus when the dialog opened. */
  #returnTo: (Element & Partial<HTMLOrSVGElement>) | null = null;
  /** The page's own title, while ours stands before it. */
  #title: string | undefined;

  constructor() {
    super();
    const dialog = this.#dialog;
    this.#clock.ariaHidden = 'true';
    this.#heading.id = this.#heading.className;
    this.#heading.tabIndex = -1;
    this.#text.id = this.#text.className;
    this.#live.role = 'status';
    dialog.role = 'alertdialog';
    dialog.setAttribute('aria-labelledby', this.#heading.id);
    dialog.setAttribute('aria-describedby', this.#text.id);
    // Escape does nothing by itself: two to four of them would get past a `cancel` that is prevented.
    dialog.setAttribute('closedby', 'none');
    dialog.onkeydown = (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      if (!event.repeat) this.#extend();
    };
    dialog.oncancel = (event) => event.preventDefault();
    dialog.onclose = () => this.#state && this.#raise();
    this.#stay.onclick = () => this.#extend();
    this.#leave.onclick = () => this.#signOut();
  }

  /** The client to show. Set it once this element is defined; setting another one releases the first. */
  set session(session: SessionClient | undefined) {
    this.#unsubscribe?.();
    this.#session = session;
    if (!this.isConnected) return;
    this.#unsubscribe = session?.subscribe(() => this.#render());
    this.#render();
  }

  /** @internal called by the browser */
  connectedCallback(): void {
    if (!this.#dialog.parentNode) this.append(this.#dialog);
    this.#stopper = new AbortController();
    const { signal } = this.#stopper;
    for (const type of ['visibilitychange', 'focusin'])
      document.addEventListener(type, () => this.#cue(), { signal });
    this.session = this.#session;
  }

  /** @internal called by the browser */
  disconnectedCallback(): void {
    this.#unsubscribe?.();
    this.#stopper.abort();
    this.#close();
  }

  #render(): void {
    const session = this.#session;
    if (!session) return;
    const snapshot = session.getSnapshot();
    const known = session.getStatus();
    if (known) this.#limits = [this.#duration(known.idleTimeoutMs), this.#duration(known.absoluteTimeoutMs)];
    if (snapshot.status === 'active') this.#choice = '';
    const before = this.#state;
    const state = dialogState(snapshot, this.#choice);
    this.#state = state;
    this.dataset.state = state;
    this.dataset.reason = snapshot.reason ?? '';
    if (state) this.#open(state, before, snapshot, known);
    else this.#close();
  }

  #open(state: OpenState, before: DialogState, snapshot: Snapshot, known: SessionStatus | null): void {
    const left = snapshot.remainingSeconds ?? 0;
    this.#write(state, snapshot);
    // There is a status until the session has ended, when no clock shows.
    if (known) this.#showClock(left, (left * 1_000) / known.warnBeforeMs);
    if (!this.#dialog.open) {
      this.#returnTo = document.activeElement;
      this.#announcedAt = UNANNOUNCED;
      put(this.#live, '');
      this.#raise();
    } else if (state === 'ended' && before !== state) {
      this.#heading.focus();
    }
    this.#announce(state, before, left);
    this.#cue();
  }

  #write(state: OpenState, { extendable, reason }: Snapshot): void {
    const { texts } = this;
    const [idle = texts.someTime, absolute = texts.someTime] = this.#limits;
    const ended = state === 'ended';
    put(this.#heading, ended ? texts.endedTitle : extendable ? texts.warningTitle : texts.absoluteTitle);
    put(
      this.#text,
      ended
        ? texts.ended(reason ?? 'unknown', idle, absolute)
        : extendable
          ? texts.warning(idle)
          : texts.absolute(absolute),
    );
    put(this.#stay, extendable ? texts.stay : texts.keepWorking);
    put(this.#leave, texts.signOut);
    put(this.#again, texts.signIn);
    this.#stay.hidden = this.#leave.hidden = ended;
    this.#again.hidden = !ended;
    this.#clock.hidden = ended;
    this.#stay.ariaDisabled = String(state === 'extending');
    if (!ended) return;
    const here = new URLSearchParams({ returnTo: location.href.slice(location.origin.length) });
    this.#again.href = `${this.getAttribute('sign-in-href') ?? '/api/auth/sign-in'}?${here}`;
  }

  /** @param share of the time that the warning shows in all: 1 to 0 */
  #showClock(left: number, share: number): void {
    put(this.#clock, `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`);
    this.#clock.style.setProperty('--left', `${share}`);
  }

  /** What is under way goes to the one live region, or else, seldom, the time that is left. */
  #announce(state: OpenState, before: DialogState, left: number): void {
    if (state !== 'warning' && state !== 'absolute') {
      put(this.#live, state === 'ended' ? '' : this.texts[state]);
    } else if (isAnnounced(left, this.#announcedAt)) {
      const justOpened = this.#announcedAt === UNANNOUNCED;
      const text = this.texts.countdown(this.#duration(left * 1_000));
      this.#announcedAt = left;
      if (justOpened) setTimeout(() => this.#state === state && put(this.#live, text), SETTLE_MS);
      else put(this.#live, text);
    } else if (before !== state) put(this.#live, '');
  }

  /** Opens the dialog over everything, also over a modal that the page has opened since. */
  #raise(): void {
    if (this.#dialog.open) this.#dialog.close();
    this.#dialog.showModal();
    (this.#state === 'ended' ? this.#heading : this.#stay).focus();
  }

  #close(): void {
    this.#state = '';
    this.#cue();
    if (!this.#dialog.open) return;
    this.#dialog.close();
    if (this.#returnTo?.isConnected) this.#returnTo.focus?.();
    else {
      const heading = document.querySelector<HTMLElement>(this.getAttribute('focus-fallback') ?? 'h1');
      heading?.setAttribute('tabindex', '-1');
      heading?.focus();
    }
  }

  /** Keeps the dialog on top, and says so in the page's title while the tab is hidden. */
  #cue(): void {
    if (this.#state && this.#dialog.open && !this.#dialog.contains(document.activeElement)) this.#raise();
    // Unless the page has given itself another title since.
    if (this.#title !== undefined && document.title.endsWith(this.#title)) document.title = this.#title;
    this.#title = undefined;
    if (!this.#state || !document.hidden) return;
    this.#title = document.title;
    const left = this.#state === 'ended' ? '' : this.#clock.textContent;
    document.title = this.texts.titleCue(left) + this.#title;
  }

  async #extend(): Promise<void> {
    const session = this.#session;
    if (!session || this.#state === 'ended' || this.#choice === 'staying') return;
    const { extendable } = session.getSnapshot();
    this.#choice = extendable ? 'staying' : 'dismissed';
    this.#render();
    if (!extendable) return;
    this.#choice = (await session.extend()) ? '' : 'failed';
    this.#render();
  }

  async #signOut(): Promise<void> {
    const done = await this.#session?.signOut();
    if (!done) {
      put(this.#live, this.texts.failed);
      return;
    }
    const goesOn = this.dispatchEvent(new CustomEvent('signed-out', { detail: done, cancelable: true }));
    if (goesOn && done.signOutUrl) location.assign(done.signOutUrl);
  }

  #duration(ms: number): string {
    const [size, unit] = UNITS.find(([length]) => ms % length === 0) ?? [1_000, 'second'];
    const language = document.documentElement.lang || undefined;
    const format = new Intl.NumberFormat(language, {
      style: 'unit',
      unit,
      unitDisplay: 'long',
    });
    return format.format(Math.round(ms / size));
  }
}

/** Makes the tag known. On a server, and a second time, it does nothing. */
export function defineSessionTimeoutDialog(): void {
  const registry = globalThis.customElements;
  if (registry && !registry.get(TAG)) registry.define(TAG, SessionTimeoutDialog);
}
