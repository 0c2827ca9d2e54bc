import type { SessionClient, Snapshot } from '../client/types.ts';
import { type DialogTexts, ENGLISH } from './texts.ts';

/** The countdown is spoken when it opens, and at 60, 40 and 20 s; never twice within {@link QUIET_SECONDS}. */
const SPOKEN_FROM = 60;
const SPOKEN_EVERY = 20;
const QUIET_SECONDS = 10;
/** Nothing has been spoken yet: more seconds than any warning has. */
const UNSPOKEN = 1e9;
/** A live region that was just shown is not listened to yet, ms. */
const SETTLE_MS = 150;

type DialogState = '' | 'warning' | 'extending' | 'failed' | 'offline' | 'absolute' | 'ended';

const UNITS = [
  [3_600_000, 'hour'],
  [60_000, 'minute'],
] as const;

/** On a server there is no HTMLElement: the module can be imported there all the same. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

const TAG = 'session-timeout-dialog';

function make<K extends keyof HTMLElementTagNameMap>(name: K, part: string, ...inside: Node[]) {
  const element = document.createElement(name);
  element.className = `session-timeout-${part}`;
  element.append(...inside);
  return element;
}

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

  #session: SessionClient | undefined;
  #unsubscribe: (() => void) | undefined;
  #stopper = new AbortController();
  #dialog!: HTMLDialogElement;
  #parts!: Record<'title' | 'text' | 'live', HTMLElement> &
    Record<'stay' | 'leave', HTMLButtonElement> & { clock: HTMLElement; again: HTMLAnchorElement };
  #state: DialogState = '';
  /** What the user last chose in this warning, and how that stands. */
  #choice: '' | 'staying' | 'failed' | 'dismissed' = '';
  #spokenAt = UNSPOKEN;
  #limits: string[] = [];
  #returnTo: HTMLElement | null = null;
  /** The page's own title, while ours stands before it. */
  #title: string | undefined;

  /** The client to show. Set it once this element is defined; setting another lets go of the first. */
  set session(session: SessionClient | undefined) {
    this.#unsubscribe?.();
    this.#session = session;
    if (!this.isConnected) return;
    this.#unsubscribe = session?.subscribe(() => this.#render());
    this.#render();
  }

  /** @internal called by the browser */
  connectedCallback(): void {
    if (!this.#dialog) this.#build();
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

  #build(): void {
    const clock = make('div', 'clock');
    clock.ariaHidden = 'true';
    const title = make('h2', 'title');
    const text = make('p', 'text');
    const live = make('p', 'live');
    const stay = make('button', 'stay');
    const leave = make('button', 'leave');
    const again = make('a', 'again');
    const dialog = make(
      'dialog',
      'dialog',
      clock,
      title,
      text,
      live,
      make('div', 'actions', stay, again, leave),
    );
    title.id = title.className;
    text.id = text.className;
    title.tabIndex = -1;
    live.role = 'status';
    dialog.role = 'alertdialog';
    // Escape does nothing of its own: two to four of them would get past a cancelled `cancel`.
    dialog.setAttribute('closedby', 'none');
    dialog.setAttribute('aria-labelledby', title.id);
    dialog.setAttribute('aria-describedby', text.id);
    dialog.onkeydown = (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      if (!event.repeat) this.#stay();
    };
    dialog.oncancel = (event) => event.preventDefault();
    dialog.onclose = () => this.#state && this.#raise();
    stay.onclick = () => this.#stay();
    leave.onclick = () => this.#leave();
    this.#dialog = dialog;
    this.#parts = { clock, title, text, live, stay, leave, again };
    this.append(dialog);
  }

  #nextState({ status, extendable, connection }: Snapshot): DialogState {
    if (status === 'ended') return 'ended';
    if (status !== 'warning') return '';
    const choice = this.#choice;
    if (choice === 'staying') return 'extending';
    if (connection === 'offline') return choice === 'failed' ? choice : 'offline';
    return extendable ? 'warning' : choice ? '' : 'absolute';
  }

  #render(): void {
    const session = this.#session;
    if (!session) return;
    const snapshot = session.getSnapshot();
    const known = session.getStatus();
    if (known) this.#limits = [this.#duration(known.idleTimeoutMs), this.#duration(known.absoluteTimeoutMs)];
    if (snapshot.status === 'active') this.#choice = '';
    const before = this.#state;
    const state = this.#nextState(snapshot);
    this.#state = state;
    this.dataset.state = state;
    this.dataset.reason = snapshot.reason ?? '';
    if (state) this.#open(state, before, snapshot);
    else this.#close();
  }

  #open(state: DialogState, before: DialogState, snapshot: Snapshot): void {
    this.#write(state, snapshot);
    if (!this.#dialog.open) {
      this.#returnTo = document.activeElement as HTMLElement | null;
      this.#spokenAt = UNSPOKEN;
      put(this.#parts.live, '');
      this.#raise();
    } else if (state === 'ended' && before !== state) {
      this.#parts.title.focus();
    }
    this.#speak(state, before, snapshot);
    this.#cue();
  }

  #write(state: DialogState, { remainingSeconds, extendable, reason }: Snapshot): void {
    const { texts } = this;
    const { clock, title, text, stay, leave, again } = this.#parts;
    const [idle = texts.someTime, absolute = texts.someTime] = this.#limits;
    const ended = state === 'ended';
    put(title, ended ? texts.endedTitle : extendable ? texts.warningTitle : texts.absoluteTitle);
    put(
      text,
      ended
        ? texts.ended(reason!, idle, absolute)
        : extendable
          ? texts.warning(idle)
          : texts.absolute(absolute),
    );
    put(stay, extendable ? texts.stay : texts.keepWorking);
    put(leave, texts.signOut);
    put(again, texts.signIn);
    stay.hidden = leave.hidden = ended;
    again.hidden = !ended;
    clock.hidden = ended;
    stay.ariaDisabled = String(state === 'extending');
    if (ended) {
      const here = new URLSearchParams({ returnTo: location.href.slice(location.origin.length) });
      again.href = `${this.getAttribute('sign-in-href') ?? '/api/auth/sign-in'}?${here}`;
    } else {
      const left = remainingSeconds!;
      put(clock, `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`);
      clock.style.setProperty('--left', `${(left * 1_000) / this.#session!.getStatus()!.warnBeforeMs}`);
    }
  }

  /** The one live region: what is under way, or else the time left, seldom. */
  #speak(state: DialogState, before: DialogState, { remainingSeconds }: Snapshot): void {
    const { live } = this.#parts;
    if (state !== 'warning' && state !== 'absolute') {
      put(live, state === 'ended' ? '' : this.texts[state as 'extending']);
      return;
    }
    const left = remainingSeconds!;
    const opened = this.#spokenAt === UNSPOKEN;
    const crossed =
      left &&
      left <= SPOKEN_FROM &&
      Math.ceil(left / SPOKEN_EVERY) < Math.ceil(this.#spokenAt / SPOKEN_EVERY);
    if (opened || (crossed && this.#spokenAt - left >= QUIET_SECONDS)) {
      this.#spokenAt = left;
      const text = this.texts.countdown(this.#duration(left * 1_000));
      if (opened) setTimeout(() => this.#state === state && put(live, text), SETTLE_MS);
      else put(live, text);
    } else if (before !== state) put(live, '');
  }

  /** Opens the dialog over everything, also over a modal that the page opened after it. */
  #raise(): void {
    if (this.#dialog.open) this.#dialog.close();
    this.#dialog.showModal();
    this.#parts[this.#state === 'ended' ? 'title' : 'stay'].focus();
  }

  #close(): void {
    this.#state = '';
    this.#cue();
    if (!this.#dialog.open) return;
    this.#dialog.close();
    if (this.#returnTo?.isConnected) this.#returnTo.focus();
    else {
      const heading = document.querySelector<HTMLElement>(this.getAttribute('focus-fallback') ?? 'h1');
      heading?.setAttribute('tabindex', '-1');
      heading?.focus();
    }
  }

  /** Keeps the dialog on top, and the title saying so while the tab is hidden. */
  #cue(): void {
    if (this.#state && this.#dialog.open && !this.#dialog.contains(document.activeElement)) this.#raise();
    // Unless the page has given itself another one since.
    if (this.#title !== undefined && document.title.endsWith(this.#title)) document.title = this.#title;
    this.#title = undefined;
    if (!this.#state || !document.hidden) return;
    this.#title = document.title;
    const left = this.#state === 'ended' ? '' : this.#parts.clock.textContent!;
    document.title = this.texts.titleCue(left) + this.#title;
  }

  async #stay(): Promise<void> {
    const session = this.#session!;
    if (this.#state === 'ended' || this.#choice === 'staying') return;
    const { extendable } = session.getSnapshot();
    this.#choice = extendable ? 'staying' : 'dismissed';
    this.#render();
    if (!extendable) return;
    this.#choice = (await session.extend()) ? '' : 'failed';
    this.#render();
  }

  async #leave(): Promise<void> {
    const done = await this.#session!.signOut();
    if (!done) {
      put(this.#parts.live, this.texts.failed);
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

/** Only where it differs: a live region speaks, and a selection is lost, whenever text is set. */
function put(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes the tag known. On a server, and a second time, it does nothing. */
export function defineSessionTimeoutDialog(): void {
  const registry = globalThis.customElements;
  if (registry && !registry.get(TAG)) registry.define(TAG, SessionTimeoutDialog);
}
