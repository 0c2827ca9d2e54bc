import type { SessionClient, Snapshot } from '../client/types.ts';
import { type DialogTexts, ENGLISH } from './texts.ts';

/** Seconds left at which the countdown is spoken; never two within {@link QUIET_SECONDS}. */
const SPOKEN_AT = [20, 40, 60];
const QUIET_SECONDS = 10;
/** A live region that was just shown is not listened to yet, ms. */
const SETTLE_MS = 150;

type DialogState = '' | 'warning' | 'extending' | 'failed' | 'offline' | 'absolute' | 'ended';

/** On a server there is no HTMLElement: the module can be imported there all the same. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

let serial = 0;

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
  #dialog!: HTMLDialogElement;
  #parts!: Record<'title' | 'text' | 'live', HTMLElement> &
    Record<'stay' | 'leave', HTMLButtonElement> & { clock: HTMLElement; again: HTMLAnchorElement };
  #state: DialogState = '';
  #busy = false;
  #tried = false;
  #dismissed = false;
  #spokenAt = Number.POSITIVE_INFINITY;
  #limits: [idle: string, absolute: string] = ['', ''];
  #returnTo: Element | null = null;
  #titles: [own: string, cue: string] | undefined;
  readonly #onVisible = () => this.#cue();

  /** The client to show. Set it once it exists; setting another lets go of the first. */
  get session(): SessionClient | undefined {
    return this.#session;
  }

  set session(session: SessionClient | undefined) {
    this.#unsubscribe?.();
    this.#session = session;
    this.#unsubscribe = this.isConnected ? session?.subscribe(() => this.#render()) : undefined;
    if (this.isConnected) this.#render();
  }

  connectedCallback(): void {
    // A framework may have set the property before this class was there to see it.
    if (Object.hasOwn(this, 'session')) {
      const { session } = this;
      delete (this as { session?: unknown }).session;
      this.#session = session;
    }
    if (!this.#dialog) this.#build();
    document.addEventListener('visibilitychange', this.#onVisible);
    document.addEventListener('focusin', this.#onVisible);
    this.session = this.#session;
  }

  disconnectedCallback(): void {
    this.#unsubscribe?.();
    document.removeEventListener('visibilitychange', this.#onVisible);
    document.removeEventListener('focusin', this.#onVisible);
    this.#close();
  }

  #build(): void {
    serial += 1;
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
    title.id = `session-timeout-title-${serial}`;
    text.id = `session-timeout-text-${serial}`;
    title.tabIndex = -1;
    live.role = 'status';
    stay.type = leave.type = 'button';
    dialog.role = 'alertdialog';
    // Escape does nothing of its own: two to four of them would get past a cancelled `cancel`.
    dialog.setAttribute('closedby', 'none');
    dialog.setAttribute('aria-labelledby', title.id);
    dialog.setAttribute('aria-describedby', text.id);
    dialog.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      if (!event.repeat) this.#stay();
    });
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    dialog.addEventListener('close', () => this.#state && this.#raise());
    stay.addEventListener('click', () => this.#stay());
    leave.addEventListener('click', () => this.#leave());
    this.#dialog = dialog;
    this.#parts = { clock, title, text, live, stay, leave, again };
    this.append(dialog);
  }

  #nextState({ status, extendable, connection }: Snapshot): DialogState {
    if (status === 'ended') return 'ended';
    if (status !== 'warning') return '';
    if (this.#busy) return 'extending';
    if (connection === 'offline') return this.#tried ? 'failed' : 'offline';
    return extendable ? 'warning' : this.#dismissed ? '' : 'absolute';
  }

  #render(): void {
    const session = this.#session;
    if (!session || !this.#dialog) return;
    const snapshot = session.getSnapshot();
    const known = session.getStatus();
    if (known) this.#limits = [this.#duration(known.idleTimeoutMs), this.#duration(known.absoluteTimeoutMs)];
    if (snapshot.status === 'active') this.#tried = this.#dismissed = false;
    const before = this.#state;
    const state = this.#nextState(snapshot);
    this.#state = state;
    this.dataset.state = state;
    if (snapshot.reason) this.dataset.reason = snapshot.reason;
    if (state) this.#open(state, before, snapshot);
    else this.#close();
  }

  #open(state: DialogState, before: DialogState, snapshot: Snapshot): void {
    this.#write(state, snapshot);
    if (!this.#dialog.open) {
      this.#returnTo = document.activeElement;
      this.#spokenAt = Number.POSITIVE_INFINITY;
      this.#parts.live.textContent = '';
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
    const [idle, absolute] = this.#limits;
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
      const here = location.pathname + location.search + location.hash;
      again.href = `${this.getAttribute('sign-in-href') ?? '/api/auth/sign-in'}?returnTo=${encodeURIComponent(here)}`;
    } else {
      const left = remainingSeconds!;
      put(clock, `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`);
      const whole = (this.#session!.getStatus()?.warnBeforeMs ?? 1) / 1_000;
      clock.style.setProperty('--left', String(Math.min(1, left / whole)));
    }
  }

  /** The one live region: what is under way, or else the time left, seldom. */
  #speak(state: DialogState, before: DialogState, { remainingSeconds }: Snapshot): void {
    const { live } = this.#parts;
    const { extending, failed, offline } = this.texts;
    const said = { extending, failed, offline }[state as string];
    if (said || state === 'ended') {
      put(live, said ?? '');
      return;
    }
    const left = remainingSeconds!;
    const opened = this.#spokenAt === Number.POSITIVE_INFINITY;
    const crossed = SPOKEN_AT.some((mark) => left <= mark && this.#spokenAt > mark);
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
    const back = this.#returnTo as HTMLElement | null;
    const fallback = this.getAttribute('focus-fallback') ?? 'h1';
    const goal =
      back?.isConnected && back !== document.body ? back : document.querySelector<HTMLElement>(fallback);
    if (goal && goal !== back) goal.tabIndex = -1;
    goal?.focus();
  }

  /** Keeps the dialog on top, and the title saying so while the tab is hidden. */
  #cue(): void {
    if (this.#state && this.#dialog.open && !this.#dialog.contains(document.activeElement)) this.#raise();
    const hidden = document.visibilityState === 'hidden';
    if (this.#titles && document.title === this.#titles[1]) document.title = this.#titles[0];
    this.#titles = undefined;
    if (!this.#state || !hidden) return;
    const { title } = document;
    const { titleCue, titleEnded } = this.texts;
    document.title =
      (this.#state === 'ended' ? titleEnded : titleCue(this.#parts.clock.textContent!)) + title;
    this.#titles = [title, document.title];
  }

  async #stay(): Promise<void> {
    const session = this.#session!;
    if (this.#state === 'ended' || this.#busy) return;
    if (!session.getSnapshot().extendable) {
      this.#dismissed = true;
      this.#render();
      return;
    }
    this.#busy = true;
    this.#render();
    const done = await session.extend();
    this.#busy = false;
    this.#tried = !done;
    this.#render();
  }

  async #leave(): Promise<void> {
    const done = await this.#session!.signOut();
    if (!done) {
      put(this.#parts.live, this.texts.signOutFailed);
      return;
    }
    const goesOn = this.dispatchEvent(new CustomEvent('signed-out', { detail: done, cancelable: true }));
    if (goesOn && done.signOutUrl) location.assign(done.signOutUrl);
  }

  #duration(ms: number): string {
    const [size, unit] =
      ms % 3_600_000 === 0 ? [3_600_000, 'hour'] : ms % 60_000 === 0 ? [60_000, 'minute'] : [1_000, 'second'];
    const language = this.closest<HTMLElement>('[lang]')?.lang || undefined;
    const format = new Intl.NumberFormat(language, {
      style: 'unit',
      unit: unit as string,
      unitDisplay: 'long',
    });
    return format.format(Math.round(ms / (size as number)));
  }
}

/** Only where it differs: a live region speaks, and a selection is lost, whenever text is set. */
function put(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes the tag known. On a server, and a second time, it does nothing. */
export function defineSessionTimeoutDialog(): void {
  globalThis.customElements?.get('session-timeout-dialog') ??
    globalThis.customElements?.define('session-timeout-dialog', SessionTimeoutDialog);
}
