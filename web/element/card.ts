import type { Snapshot } from '../client/types.ts';
import { make, put } from './dom.ts';
import type { OpenState } from './state.ts';
import type { DialogTexts } from './texts.ts';

/** What the card shows. */
export interface Shown {
  readonly state: OpenState;
  readonly isModal: boolean;
  /** Whether it can be closed; of what is beside the page. */
  readonly isDismissible: boolean;
  readonly reason: Snapshot['reason'];
  /** Seconds. */
  readonly left: number;
  /** Of the time that the ring shows in all: 1 to 0. */
  readonly share: number;
  /** The two timeouts in words, if they are known. */
  readonly limits: readonly string[];
  readonly texts: DialogTexts;
  readonly signInHref: string;
}

/** The words, the clock and the buttons, over the page or beside it. */
export class Card {
  readonly clock = make('div', 'clock');
  readonly headingElement = make('h2', 'title');
  readonly text = make('p', 'text');
  /** The one live region. */
  readonly liveRegion = make('p', 'live');
  readonly stayButton = make('button', 'stay');
  readonly againLink = make('a', 'again');
  readonly leaveButton = make('button', 'leave');
  readonly dismissButton = make('button', 'dismiss');
  readonly buttons = [this.stayButton, this.againLink, this.leaveButton, this.dismissButton];
  readonly cardElement = make(
    'div',
    'card',
    this.clock,
    this.headingElement,
    this.text,
    this.liveRegion,
    make('div', 'actions', ...this.buttons),
  );

  constructor() {
    this.clock.ariaHidden = 'true';
    this.headingElement.id = 'title';
    this.headingElement.tabIndex = -1;
    this.text.id = 'text';
    this.liveRegion.role = 'status';
  }

  write({ state, isModal, isDismissible, reason, left, share, limits, texts, signInHref }: Shown): void {
    const [idle = texts.someTime, absolute = texts.someTime] = limits;
    const isEnded = state === 'ended';
    const [title, text, stay] = isEnded
      ? [texts.endedTitle, texts.ended(reason ?? 'unknown', idle, absolute), '']
      : isAbsolute(state)
        ? [texts.absoluteTitle, texts.absolute(absolute), texts.keepWorking]
        : [texts.warningTitle, texts.warning(idle), texts.stay];
    put(this.headingElement, title);
    put(this.text, text);
    put(this.clock, `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`);
    this.clock.style.setProperty('--left', `${share}`);
    put(this.stayButton, stay);
    put(this.leaveButton, texts.signOut);
    put(this.againLink, texts.signIn);
    put(this.dismissButton, texts.dismiss);
    this.stayButton.hidden = this.leaveButton.hidden = isEnded || !isModal;
    this.againLink.hidden = !isEnded;
    this.clock.hidden = isEnded;
    this.dismissButton.hidden = isModal || !isDismissible;
    this.stayButton.ariaDisabled = String(state === 'extending');
    this.cardElement.className = `card ${state}`;
    if (isEnded) this.#leadTo(signInHref);
  }

  #leadTo(href: string): void {
    this.againLink.href = href;
    // The address may have a query of its own, and a fragment.
    const query = new URLSearchParams(this.againLink.search);
    query.set('returnTo', location.href.slice(location.origin.length));
    this.againLink.search = `${query}`;
  }
}

/** Whether a state is about the absolute limit, which nothing extends. */
export const isAbsolute = (state: string): boolean => state === 'absolute' || state === 'limit';
