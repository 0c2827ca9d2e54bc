import type { Clock } from '../client/types.ts';
import { put } from './dom.ts';
import { duration, type Language } from './language.ts';
import { isAnnounced, type OpenState, UNANNOUNCED } from './state.ts';

/** Text in a live region that was shown less than this ago is not announced, ms. */
const SETTLE_MS = 150;

/** Speaks through the one live region: what is under way, or else, seldom, the time that is left. */
export class Announcer {
  readonly #live: HTMLElement;
  #state = '';
  /** Seconds that were left when the countdown was last announced. */
  #announcedAt = UNANNOUNCED;

  constructor(live: HTMLElement) {
    this.#live = live;
  }

  /**
   * @param left seconds
   * @param isNew it has just opened, and is silent until it is known to assistive technology
   */
  announce(state: OpenState, left: number, language: Language, isNew: boolean, clock: Clock): void {
    const { texts } = language;
    const before = this.#state;
    this.#state = state;
    if (isNew) this.#announcedAt = UNANNOUNCED;
    if (state === 'extending' || state === 'failed' || state === 'offline') put(this.#live, texts[state]);
    else if (state === 'unsure') put(this.#live, texts.unsureTitle);
    else if (state !== 'ended' && (isNew || (state !== 'limit' && isAnnounced(left, this.#announcedAt)))) {
      this.#announcedAt = left;
      // Nobody needs the seconds of ten minutes.
      const whole = state === 'limit' ? Math.ceil(left / 60) * 60 : left;
      const text = texts.countdown(duration(language, whole * 1_000));
      if (isNew) clock.setTimeout(() => this.#state === state && put(this.#live, text), SETTLE_MS);
      else put(this.#live, text);
    } else if (before !== state) put(this.#live, '');
  }
}
