import { make, put } from './dom.ts';
import { duration, type Language, pointInTime } from './language.ts';
import { type OpenState, URGENT_SECONDS } from './state.ts';
import type { ToldReason } from './texts.ts';

/** What the card shows. */
export interface Shown {
  readonly state: OpenState;
  readonly isModal: boolean;
  /** Whether it can be closed; of what is beside the page. */
  readonly isDismissible: boolean;
  readonly reason: ToldReason;
  readonly isOffline: boolean;
  /** Seconds. */
  readonly left: number;
  /** Seconds that the ring shows in all, but in its last ones. */
  readonly whole: number;
  /** The timeout that ends it, or has ended it, if it is known: ms. */
  readonly timeoutMs: number | undefined;
  /** When it ends, or ended. Epoch ms. Null: not known. */
  readonly at: number | null;
  /** Epoch ms. */
  readonly now: number;
  readonly language: Language;
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

  write(shown: Shown): void {
    const { state, isModal, isDismissible, left, whole, language, signInHref } = shown;
    const { texts } = language;
    const isEnded = state === 'ended';
    const [title, text, stay] = words(shown);
    this.cardElement.lang = language.tag;
    put(this.headingElement, title);
    put(this.text, text);
    const isUrgent = left > 0 && left <= URGENT_SECONDS;
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
    put(this.clock, state === 'unsure' ? '?' : time);
    this.clock.style.setProperty('--left', `${left / (isUrgent ? URGENT_SECONDS : whole)}`);
    put(this.stayButton, stay);
    put(this.leaveButton, texts.signOut);
    put(this.againLink, texts.signIn);
    put(this.dismissButton, texts.dismiss);
    this.stayButton.hidden = this.leaveButton.hidden = isEnded || !isModal;
    this.againLink.hidden = !isEnded;
    this.clock.hidden = isEnded;
    this.dismissButton.hidden = isModal || !isDismissible;
    this.stayButton.ariaDisabled = String(state === 'extending');
    this.cardElement.className = `card ${state}${isUrgent ? ' urgent' : ''}`;
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

/** Heading, text, and what the first button says. */
function words({ state, reason, isOffline, timeoutMs, at, now, language }: Shown): [string, string, string] {
  const { texts } = language;
  const when = at === null ? '' : pointInTime(language, at, now);
  const timeout = timeoutMs ? duration(language, timeoutMs) : undefined;
  if (state === 'ended') {
    // A newer server may give a reason that this page does not know.
    return [texts.endedTitle(when), texts.ended(reason, timeout) ?? texts.ended('unknown'), ''];
  }
  if (state === 'unsure') {
    return [
      texts.unsureTitle,
      `${texts.unsure(when)} ${isOffline ? texts.offline : texts.failed}`,
      texts.stay,
    ];
  }
  // Whoever is warned has a session, whose timeouts are known.
  return isAbsolute(state)
    ? [texts.absoluteTitle, texts.absolute(when, timeout ?? ''), texts.keepWorking]
    : [texts.warningTitle, texts.warning(when, timeout ?? ''), texts.stay];
}
