import { EVENT_TYPES } from '../../core/contract.ts';
import type { SessionEnded, SessionStarted } from '../../core/protocol.ts';
import { endOf, startOf, type Transition } from '../sessions/transition.ts';
import type { Store } from '../store/store.ts';

/** That a session began or ended: what the deployed publisher puts on the bus. */
export type CurfewEvent =
  | { readonly type: typeof EVENT_TYPES.started; readonly detail: SessionStarted }
  | { readonly type: typeof EVENT_TYPES.ended; readonly detail: SessionEnded };

/**
 * A store that tells which sessions began and ended by it. Whoever ends a session first ends it once, so no other process
 * tells of the same one.
 *
 * @param tell must not fail
 */
export function announcing(
  store: Store,
  service: string,
  tell: (event: CurfewEvent) => Promise<void>,
): Store {
  /** The request does not wait for whoever is told. */
  const announce = (transition: Transition) => void tell(eventOf(transition, service));
  return {
    ...store,
    // A store made here is all that there is to `this`.
    within: ((signal) => announcing(store.within(signal), service, tell)) as Store['within'],
    async create(session, secretHash) {
      await store.create(session, secretHash);
      announce(startOf(session));
    },
    async end(write) {
      const result = await store.end(write);
      if (result.outcome === 'ended' && result.session.state === 'ended') {
        announce(endOf(result.session, result.session));
      }
      return result;
    },
  };
}

function eventOf(transition: Transition, service: string): CurfewEvent {
  return transition.type === EVENT_TYPES.started
    ? { type: transition.type, detail: { ...transition.detail, service } }
    : { type: transition.type, detail: { ...transition.detail, service } };
}
