import { Stack } from 'aws-cdk-lib';
import { createSessionClient } from 'curfew/client';
import { Policy, SessionService } from 'curfew/construct';
import 'curfew/element';
import { type ActiveSession, sessionGuard as guardExpress } from 'curfew/express';
import { type EndedSession, sessionGuard } from 'curfew/guard';
import { createMemoryStore } from 'curfew/testing';

/** Mistakes that must not compile. Nothing here ever runs. */
const store = createMemoryStore();
const stack = new Stack();

export function ofAGuard(active: ActiveSession, ended: EndedSession): unknown[] {
  return [
    // @ts-expect-error: neither of the two words
    sessionGuard({ store, onEnded: 'redirect' }),
    // @ts-expect-error: ms, not a text
    sessionGuard({ store, retentionMs: '1 day' }),
    // @ts-expect-error: the option is named otherwise
    guardExpress({ store, table: 'sessions' }),
    // @ts-expect-error: a live session has no reason
    active.reason,
    // @ts-expect-error: no handler gets the secret
    active.secret,
    // @ts-expect-error: an ended session has no subject
    ended.subject,
  ];
}

export function ofAPage(): void {
  const session = createSessionClient();
  // @ts-expect-error: a number of ms
  createSessionClient({ warnBeforeMs: '2 minutes' });
  // @ts-expect-error: a snapshot is read, not written
  session.getSnapshot().status = 'active';
  // @ts-expect-error: there is no such event
  session.addEventListener('expired', () => undefined);
}

export function ofAnElement(): void {
  const dialog = document.createElement('session-timeout-dialog');
  dialog.addEventListener('ended', ({ detail }) => console.log(detail.reason));
  dialog.addEventListener('click', ({ clientX }) => console.log(clientX));
  // @ts-expect-error: the provider may have no address for signing out
  dialog.addEventListener('signed-out', ({ detail }) => console.log(detail.signOutUrl.length));
  // @ts-expect-error: a client, not its snapshot
  dialog.session = createSessionClient().getSnapshot();
}

export function ofAStack(): void {
  // @ts-expect-error: a Duration, so that nobody mistakes seconds for milliseconds
  new SessionService(stack, 'Idle', { idleTimeout: 600 });
  // @ts-expect-error: closing ends no session in this way
  new SessionService(stack, 'Closing', { browserClose: 'tab' });
  // @ts-expect-error: made by its factories only
  new Policy('pci-dss');
}
