import { Component, CUSTOM_ELEMENTS_SCHEMA, computed, inject } from '@angular/core';
import type { Snapshot } from 'curfew/client';
import type { SessionTimeoutDialogEvents } from 'curfew/element';
import { SessionService } from './session.service';

const TEXTS: Record<Snapshot['status'], string> = {
  loading: 'One moment …',
  none: 'You are not signed in.',
  active: 'You are signed in.',
  warning: 'You are about to be signed out.',
  ended: 'You were signed out',
};

@Component({
  selector: 'app-orders',
  // Templates take the element as it is: Angular sets `session` as a property.
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    <main>
      <h1>Orders</h1>
      <p class="status" [attr.data-status]="snapshot().status">{{ text() }}</p>
      <label>
        A note on this order
        <textarea name="note"></textarea>
      </label>
      @if (isSignedIn()) {
        <button class="action" type="button" (click)="signOut()">Sign out</button>
      } @else {
        <a class="action" href="/api/auth/sign-in?returnTo=/">Sign in</a>
      }
      <session-timeout-dialog [session]="session" (signed-out)="onSignedOut($event)"></session-timeout-dialog>
    </main>
  `,
})
export class Orders {
  readonly #service = inject(SessionService);
  readonly session = this.#service.client;
  readonly snapshot = this.#service.snapshot;
  readonly isSignedIn = computed(() => ['active', 'warning'].includes(this.snapshot().status));
  readonly text = computed(() => {
    const { status, reason } = this.snapshot();
    return reason ? `${TEXTS[status]} (${reason}).` : TEXTS[status];
  });

  async signOut(): Promise<void> {
    const done = await this.session.signOut();
    if (done?.signOutUrl) location.assign(done.signOutUrl);
  }

  /** After "Sign out" in the dialog. */
  onSignedOut({ detail }: SessionTimeoutDialogEvents['signed-out']): void {
    console.log('signed out', detail.signOutUrl ?? 'here');
  }
}
