import { put } from './dom.ts';
import { inWords } from './duration.ts';
import { isAnnounced, type OpenState, UNANNOUNCED } from './state.ts';
import type { DialogTexts } from './texts.ts';

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
  announce(state: OpenState, left: number, texts: DialogTexts, isNew: boolean): void {
    const before = this.#state;
    this.#state = state;
    if (isNew) this.#announcedAt = UNANNOUNCED;
    if (state === 'extending' || state === 'failed' || state === 'offline') put(this.#live, texts[state]);
    else if (state === 'ended') put(this.#live, '');
    else if (isNew || (state !== 'limit' && isAnnounced(left, this.#announcedAt))) {
      this.#announcedAt = left;
      // Nobody needs the seconds of ten minutes.
      const whole = state === 'limit' ? Math.ceil(left / 60) * 60 : left;
      const text = texts.countdown(inWords(whole * 1_000));
      if (isNew) setTimeout(() => this.#state === state && put(this.#live, text), SETTLE_MS);
      else put(this.#live, text);
    } else if (before !== state) put(this.#live, '');
  }
}
