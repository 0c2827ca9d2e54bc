import type { Handle } from '@sveltejs/kit/hooks';
import { curfew } from './curfew.ts';

/** The session API, and the session of every other request. */
export const handle: Handle = async ({ event, resolve }) => {
  const answer = await curfew.handle(event.request, { sourceIp: event.getClientAddress() });
  if (answer) return answer;
  const { session, response } = await curfew.check(event.request, { onMissing: 'attach', onEnded: 'attach' });
  if (response) return response;
  event.locals.session = session;
  return resolve(event);
};
