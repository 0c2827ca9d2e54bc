import type { EndReason } from '../../core/contract.ts';
import { expiresAt, type Session, type User } from '../../core/lifecycle.ts';

/** A live session, as a guarded handler sees it. Nothing in it is secret. */
export interface ActiveSession {
  /** Tells it from an ended or a missing session. */
  readonly state: 'active';
  /** 22 characters of base64url. Public, may be logged. */
  readonly sessionId: string;
  /** Who owns it: the identity provider's `sub`. */
  readonly subject: string;
  /** Name and email, where the provider tells them. */
  readonly user: User;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms. Up to a touch interval behind. */
  readonly lastActivityAt: number;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** The session has ended: the request carries the fact, for the handler to say so in its own words. */
export interface EndedSession {
  /** Tells it from a live or a missing session. */
  readonly state: 'ended';
  /** Why it ended. */
  readonly reason: EndReason;
  /** Epoch ms. */
  readonly endedAt: number;
}

/** No session cookie, or an unknown one. */
export interface NoSession {
  /** Tells it from a live or an ended session. */
  readonly state: 'none';
}

export type GuardedSession = ActiveSession | EndedSession | NoSession;

/** Where a guard puts the session of a request: at `curfew`, a name that no other middleware uses. */
export interface Guarded<Options = unknown> {
  /** What the guard knows of it. */
  readonly session: SessionOf<Options>;
}

/** What a handler behind a guard with these options is given. */
export type SessionOf<Options> =
  | ActiveSession
  | (Options extends { readonly onEnded: 'attach' } ? EndedSession : never)
  | (Options extends { readonly onMissing: 'attach' } ? NoSession : never);

/** The session by the type that the guard's options give it. */
export function sessionFor<Options>(session: GuardedSession): SessionOf<Options> {
  // A guard attaches an ended or a missing session only where its options say so, and a condition on a type parameter
  // can't be followed here.
  return session as SessionOf<Options>;
}

export function activeSession(session: Session): ActiveSession {
  const { sessionId, subject, user, createdAt, lastActivityAt } = session;
  return {
    state: 'active',
    sessionId,
    subject,
    user,
    createdAt,
    lastActivityAt,
    expiresAt: expiresAt(session),
  };
}
