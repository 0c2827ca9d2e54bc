import { randomBytes } from 'node:crypto';
import type { Session } from '../../core/lifecycle.ts';
import { definePolicy, type PolicyInput } from '../../core/policy.ts';
import { sessionStatus } from '../../core/protocol.ts';
import { transitionOf } from '../../functions/publish/transition.ts';
import { bindSession, checkRun } from '../../functions/sessions/binding.ts';
import { checkSession } from '../../functions/sessions/check.ts';
import { cancelCloseGrace, startCloseGrace } from '../../functions/sessions/close-grace.ts';
import { type Credential, parseCredential } from '../../functions/sessions/credential.ts';
import { endSession } from '../../functions/sessions/end.ts';
import { startSession } from '../../functions/sessions/start.ts';
import { touchCoalesced, touchSession } from '../../functions/sessions/touch.ts';
import { createDynamoStore, type DynamoStoreOptions } from '../../functions/store/dynamodb/store.ts';
import { createMemoryStore } from '../../functions/store/memory.ts';
import type { Store } from '../../functions/store/store.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { createSessionHandler } from '../support/handlers.ts';

/** What the compatibility tests use of a release. */
export interface Release {
  readonly name: string;
  readonly definePolicy: typeof definePolicy;
  readonly createDynamoStore: (options: DynamoStoreOptions) => Store;
  readonly createMemoryStore: () => Store;
  readonly parseCredential: typeof parseCredential;
  readonly startSession: typeof startSession;
  readonly checkSession: typeof checkSession;
  readonly touchSession: typeof touchSession;
  readonly touchCoalesced: typeof touchCoalesced;
  readonly endSession: typeof endSession;
  readonly startCloseGrace: typeof startCloseGrace;
  readonly cancelCloseGrace: typeof cancelCloseGrace;
  readonly bindSession: typeof bindSession;
  readonly checkRun: typeof checkRun;
  readonly sweep: typeof sweep;
  readonly transitionOf: typeof transitionOf;
  readonly createSessionHandler: typeof createSessionHandler;
}

/** The code of this tree. */
export const current: Release = {
  name: 'this release',
  definePolicy,
  createDynamoStore,
  createMemoryStore,
  parseCredential,
  startSession,
  checkSession,
  touchSession,
  touchCoalesced,
  endSession,
  startCloseGrace,
  cancelCloseGrace,
  bindSession,
  checkRun,
  sweep,
  transitionOf,
  createSessionHandler,
};

/** The code of the release before, as `npm run freeze` bundled it: its types are taken for ours. */
export const last: Release = {
  name: 'the last release',
  ...((await import('./last-release/server.mjs' as string)) as Omit<Release, 'name'>),
};

/** Whatever the release, these are the same session seen by a page. */
export function statusOf(session: Session, now: number) {
  // The last release has no notice of the absolute limit.
  const { absoluteWarnBeforeMs: _, ...status } = sessionStatus(session, now);
  return status;
}

/** A session that a release has begun in its store. */
export async function begin(
  release: Release,
  store: Store,
  at: { now: number; subject?: string; policy?: PolicyInput },
): Promise<Credential> {
  const { now, subject = 'ada', policy = {} } = at;
  const user = { name: 'Ada Lovelace', email: 'ada@example.com' };
  const device = { userAgent: 'A browser', address: '192.0.2.1' };
  const rules = release.definePolicy({ allowShortAbsoluteTimeout: true, allowShortWarning: true, ...policy });
  const { cookieValue } = await release.startSession(
    { store, now },
    { subject, user, device, policy: rules, randomBytes },
  );
  const credential = release.parseCredential(cookieValue);
  if (!credential) throw new Error('a cookie that its own release does not understand');
  return credential;
}

/** The code, reason and time of the error that a request ends in; its result otherwise. */
export async function outcomeOf<T>(
  request: Promise<T>,
): Promise<T | { code: unknown; reason: unknown; endedAt: unknown }> {
  return request.catch((error: { code: unknown; reason: unknown; endedAt: unknown }) => {
    if (typeof error.code !== 'string') throw error;
    const { code, reason, endedAt } = error;
    return { code, reason, endedAt };
  });
}
