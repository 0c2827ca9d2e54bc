import { DestroyRef, Injectable, inject, signal } from '@angular/core';
import { createSessionClient } from 'curfew/client';
import { keepDrafts } from 'curfew/drafts';

/** The session of the page, as a signal. */
@Injectable({ providedIn: 'root' })
export class SessionService {
  readonly client = createSessionClient();
  /** What is typed and not sent survives the end of the session. */
  readonly drafts = keepDrafts(this.client);
  readonly #snapshot = signal(this.client.getSnapshot());
  readonly snapshot = this.#snapshot.asReadonly();

  constructor() {
    const unsubscribe = this.client.subscribe(() => this.#snapshot.set(this.client.getSnapshot()));
    this.client.start();
    inject(DestroyRef).onDestroy(() => {
      unsubscribe();
      this.drafts.stop();
      this.client.stop();
    });
  }
}
