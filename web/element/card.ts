import { make, put } from './dom.ts';
import { duration, type Language, pointInTime } from './language.ts';
import { type DialogState, type OpenState, URGENT_SECONDS } from './state.ts';
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
export type Card = ReturnType<typeof createCard>;

export function createCard() {
  const clock = make('div', 'clock', { ariaHidden: 'true' });
  const headingElement = make('h2', 'title', { id: 'title', tabIndex: -1 });
  const text = make('p', 'text', { id: 'text' });
  const liveRegion = make('p', 'live', { role: 'status' });
  const stayButton = make('button', 'stay');
  const againLink = make('a', 'again');
  const leaveButton = make('button', 'leave');
  const dismissButton = make('button', 'dismiss');
  const buttons = [stayButton, againLink, leaveButton, dismissButton];
  const actions = make('div', 'actions', {}, ...buttons);
  const cardElement = make('div', 'card', {}, clock, headingElement, text, liveRegion, actions);

  function write(shown: Shown): void {
    const { state, isModal, isDismissible, left, whole, language } = shown;
    const { texts } = language;
    const isEnded = state === 'ended';
    const [title, said, stay] = words(shown);
    const isUrgent = left > 0 && left <= URGENT_SECONDS;
    const isAsked = isModal && !isEnded;
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
    cardElement.lang = language.tag;
    cardElement.className = `card ${state}${isUrgent ? ' urgent' : ''}`;
    put(headingElement, title);
    put(text, said);
    put(clock, !isEnded && (state === 'unsure' ? '?' : time));
    clock.style.setProperty('--left', `${left / (isUrgent ? URGENT_SECONDS : whole)}`);
    put(stayButton, isAsked && stay);
    stayButton.ariaDisabled = `${state === 'extending'}`;
    put(leaveButton, isAsked && texts.signOut);
    put(againLink, isEnded && texts.signIn);
    put(dismissButton, !isModal && isDismissible && texts.dismiss);
    if (isEnded) leadTo(shown.signInHref);
  }

  function leadTo(href: string): void {
    againLink.href = href;
    // The address may have a query of its own, and a fragment.
    const query = new URLSearchParams(againLink.search);
    query.set('returnTo', location.href.slice(location.origin.length));
    againLink.search = `${query}`;
  }

  return {
    clock,
    headingElement,
    text,
    /** The one live region. */
    liveRegion,
    stayButton,
    againLink,
    leaveButton,
    dismissButton,
    buttons,
    cardElement,
    write,
  };
}

/** Whether a state is about the absolute limit, which nothing extends. */
export const isAbsolute = (state: DialogState): boolean => state === 'absolute' || state === 'limit';

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
