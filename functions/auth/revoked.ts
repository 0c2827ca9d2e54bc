import { BY_SYSTEM, type Session } from '../../core/lifecycle.ts';
import { endIfKnown } from '../sessions/end.ts';
import { endIfRevoked, type SubjectContext } from '../sessions/not-before.ts';
import { SignInError } from './provider.ts';

/**
 * Ends the session of a sign-in that began before all of the user's sessions were ended. To be called once the session is
 * stored: whoever ends them all later finds it.
 *
 * @param startedAt when the sign-in began, epoch ms
 * @throws SignInError `sign_in_revoked`
 * @throws SessionError `ERR_STORE_UNAVAILABLE`: nobody knows whether it began before, and the session is ended
 */
export async function refuseIfRevoked(
  context: SubjectContext,
  started: Session,
  startedAt: number,
): Promise<void> {
  const isRevoked = await endIfRevoked(context, started, startedAt).catch(async (cause: unknown) => {
    // Where it can't be ended either, no browser holds it, and it is idle from now on.
    await endIfKnown(context, { sessionId: started.sessionId }, 'superseded', BY_SYSTEM).catch(
      () => undefined,
    );
    throw cause;
  });
  if (isRevoked) throw new SignInError('sign_in_revoked');
}
