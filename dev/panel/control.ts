import type { SessionClient } from '../../web/client/types.ts';
import type { DevAction, DevSession, DevState } from '../protocol.ts';
import { countdown } from './format.ts';
import { act, type Outcome, touch } from './server.ts';
import type { TabMessage } from './tabs.ts';
import { untilMs } from './view.ts';

/** What the buttons of the panel do. Each resolves to what is said about it. */
export interface Control {
  /** Acts, and lets every client look how things stand. */
  act(action: DevAction, said: string): Promise<string>;
  /** So much time passes as is left until the warning, or until the end, while the user does nothing. */
  beIdle(target: 'warning' | 'end'): Promise<string>;
  /** Ends the session of this browser, as an administrator does. */
  revokeOwn(): Promise<string>;
  /** This browser was closed and opened again with its tabs: each of its pages is loaded again. */
  restoreBrowser(): Promise<string>;
}

/** What the control works on. */
export interface Controlled {
  /** What the server said last, and its time now. */
  known(): { readonly state: DevState; readonly now: number } | undefined;
  /** The client of this page, if there is one. */
  client(): SessionClient | undefined;
  /** Takes what the server says after an action. */
  learn(state: DevState): void;
  /** Tells the other pages of this browser. */
  tellOthers(message: TabMessage): void;
  /** Loads this page again. */
  reload(): void;
}

const NOBODY = 'Nobody is signed in in this browser.';

export function createControl(page: Controlled): Control {
  const own = () => page.known()?.state.sessions.find(({ current, state }) => current && state !== 'ended');

  /** @param then what follows where it was done */
  async function perform(action: DevAction, said: string, then?: () => void): Promise<string> {
    const outcome: Outcome = await act(action);
    if ('error' in outcome) return outcome.error;
    page.learn(outcome.state);
    page.tellOthers({ type: 'changed' });
    void lookAgain(page.client());
    then?.();
    return said;
  }

  return {
    act: perform,
    async beIdle(target) {
      const [session, known] = [own(), page.known()];
      if (!session || !known) return NOBODY;
      let moved = untilMs(session, target, known.now);
      if (moved === 0) return target === 'warning' ? 'The warning is open already.' : 'It is over already.';
      if (target === 'warning') {
        // What the client has not told yet would be told late, and move the warning: so it is told before.
        const isTold = await touch(known.state.basePath, session.sessionId);
        if (isTold) moved = untilMs(afterTouch(session, known.now), target, known.now);
      }
      return perform(
        { action: 'clock', advanceMs: moved },
        `${countdown(moved)} have passed, with nobody there.`,
      );
    },
    async revokeOwn() {
      const session = own();
      if (!session) return NOBODY;
      return perform({ action: 'revoke', sessionId: session.sessionId }, 'Revoked, as by an administrator.');
    },
    restoreBrowser: () =>
      perform({ action: 'restore-browser' }, 'The pages of this browser are loaded again.', () => {
        page.tellOthers({ type: 'reload' });
        page.reload();
      }),
  };
}

/** A session whose user is active now: what the server says of it is on its way. */
function afterTouch(session: DevSession, now: number): DevSession {
  const idleExpiresAt = Math.max(session.idleExpiresAt, now + session.idleTimeoutMs);
  return { ...session, idleExpiresAt, expiresAt: Math.min(idleExpiresAt, session.absoluteExpiresAt) };
}

/** A client believes an earlier deadline than it knows a second after what it has heard before. ms */
const BELIEVED_AFTER_MS = 1_100;

/** Lets a client ask how things stand, and once more when it believes any answer. */
export async function lookAgain(client: SessionClient | undefined): Promise<void> {
  if (!client) return;
  await client.refresh();
  setTimeout(client.refresh, BELIEVED_AFTER_MS);
}
