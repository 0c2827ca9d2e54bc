import { beforeEach } from '@jest/globals';
import type { Session } from '../../../core/lifecycle.ts';
import { definePolicy } from '../../../core/policy.ts';
import type { Context } from '../../../functions/sessions/context.ts';
import { type Credential, parseCredential } from '../../../functions/sessions/credential.ts';
import { startSession } from '../../../functions/sessions/start.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import type { Store } from '../../../functions/store/store.ts';
import { hashOf, SECOND, T0 } from '../../support/sessions.ts';

/** As the session API has it. */
export const GRACE = 30 * SECOND;

/** What a test of a use case works with: one user who has signed in at T0, and a record of what was written since. */
export interface Stage {
  store: Store;
  /** Names of the writes that have reached the store, in order. */
  writes: string[];
  session: Session;
  credential: Credential;
  /** The same session, with another secret. */
  stranger: Credential;
  at(now: number): Context & { readonly store: Store };
  /** The session as it is in the store. */
  stored(): Promise<Session>;
}

const WRITES = [
  'create',
  'touch',
  'end',
  'startCloseGrace',
  'cancelCloseGrace',
  'bind',
  'confirmBinding',
  'rearm',
  'tighten',
];

/** A new stage before each test of the file. */
export function prepareStage(): Stage {
  const stage = {
    at: (now: number) => ({ store: stage.store, now }),
    stored: async () => (await stage.store.read(stage.session.sessionId))!.session,
  } as Stage;
  beforeEach(async () => {
    stage.store = watched(createMemoryStore(), stage);
    stage.writes = [];
    const { session, cookieValue } = await startSession(stage.at(T0), {
      subject: 'ada',
      policy: definePolicy(),
      randomBytes: (size) => new Uint8Array(size).fill(size),
    });
    stage.session = session;
    stage.credential = parseCredential(cookieValue)!;
    stage.stranger = { sessionId: session.sessionId, secretHash: hashOf('another secret') };
    stage.writes = [];
  });
  return stage;
}

/** The store, with the names of the writes that reach it. */
function watched(inner: Store, stage: Stage): Store {
  return new Proxy(inner, {
    get(target, name: keyof Store) {
      const method = target[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        if (WRITES.includes(name)) stage.writes.push(name);
        return method.apply(target, args);
      };
    },
  });
}
