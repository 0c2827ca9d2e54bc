import { createSubscriber } from 'svelte/reactivity';
import { session } from './session.ts';

/** The client runs while a component shows the session. */
const subscribe = createSubscriber((update) => {
  const unsubscribe = session.subscribe(update);
  session.start();
  return () => {
    unsubscribe();
    session.stop();
  };
});

/** The session, for components: reading it in one keeps that one up to date. */
export const current = {
  get snapshot() {
    subscribe();
    return session.getSnapshot();
  },
};
