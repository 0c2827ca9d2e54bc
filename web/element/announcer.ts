import type { Clock } from '../client/types.ts';
import { put } from './dom.ts';
import { duration, type Language } from './language.ts';
import { isAnnounced, type OpenState, UNANNOUNCED } from './state.ts';

/** Text in a live region that was shown less than this ago is not announced, ms. */
const SETTLE_MS = 150;

/**
 * @param left seconds
 * @param isNew it has just opened, and is silent until it is known to assistive technology
 */
export type Announce = (
  state: OpenState,
  left: number,
  language: Language,
  isNew: boolean,
  clock: Clock,
) => void;

/** Speaks through the one live region: what is under way, or else, seldom, the time that is left. */
export function createAnnouncer(live: HTMLElement): Announce {
  let last = '';
  /** Seconds that were left when the countdown was last announced. */
  let announcedAt = UNANNOUNCED;
  return (state, left, language, isNew, clock) => {
    const { texts } = language;
    const before = last;
    last = state;
    if (isNew) announcedAt = UNANNOUNCED;
    if (state === 'extending' || state === 'failed' || state === 'offline') put(live, texts[state]);
    else if (state === 'unsure') put(live, texts.unsureTitle);
    else if (state !== 'ended' && (isNew || (state !== 'limit' && isAnnounced(left, announcedAt)))) {
      announcedAt = left;
      // Nobody needs the seconds of ten minutes.
      const whole = state === 'limit' ? Math.ceil(left / 60) * 60 : left;
      const text = texts.countdown(duration(language, whole * 1_000));
      if (isNew) clock.setTimeout(() => last === state && put(live, text), SETTLE_MS);
      else put(live, text);
    } else if (before !== state) put(live, '');
  };
}
