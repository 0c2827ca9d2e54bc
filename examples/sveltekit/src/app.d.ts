import type { ActiveSession, EndedSession, NoSession } from 'curfew/server';

declare global {
  namespace App {
    /** What every route knows of the request. */
    interface Locals {
      session: ActiveSession | EndedSession | NoSession;
    }
  }
}
