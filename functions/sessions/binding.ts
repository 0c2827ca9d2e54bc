import { BINDABLE_MS, MARK_SCOPE } from '../../core/contract.ts';
import { evaluate } from '../../core/lifecycle.ts';
import type { RunCheck } from '../../core/protocol.ts';
import type { BindingStore } from '../store/binding-store.ts';
import { sameHash } from '../store/hash.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { MarkScope, StoredSession } from '../store/stored-session.ts';
import { type Context, readOwned } from './context.ts';
import type { Credential } from './credential.ts';
import { endSession } from './end.ts';

/** The run that a page belongs to, compared with its session's: on the wire `unmarked` means unbound. */
export type Run = RunCheck['run'];

export interface BindingContext extends Context {
  readonly store: SessionStore & BindingStore;
}

/** What a page of the site shows of its run, and what may follow. */
export interface RunRequest {
  readonly runHash: Uint8Array | undefined;
  /** A page of another run ends the session. */
  readonly endsIfOther: boolean;
  /** The page has just set the mark. */
  readonly afterSet: boolean;
}

/** What a page is told of its run, and what the server knows then. */
export interface RunAnswer {
  readonly run: Run;
  /** The session should be bound to a run, and is not. */
  readonly missed: boolean;
  /** Undefined: no such session, or the secret is wrong. */
  readonly stored: StoredSession | undefined;
}

/**
 * Binds a session to the run of the browser that it began in: once, while the session is young.
 *
 * @param scope the path under which the browser will show the mark
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function bindSession(
  context: BindingContext,
  credential: Credential,
  runHash: Uint8Array,
  scope: MarkScope = MARK_SCOPE,
): Promise<Run> {
  const { store, now } = context;
  const stored = await readOwned(context, credential);
  if (!stored || !isBindable(stored, now)) return compareRun(stored, runHash);
  return compareRun(await store.bind({ ...credential, now, runHash, scope }), runHash);
}

/**
 * Whether a page is of the run that the session began in, and ends the session (`closed`) if it is not.
 * The first time that the browser shows the mark by itself confirms that it keeps it: before that, its absence means
 * nothing.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function checkRun(
  context: BindingContext,
  credential: Credential,
  { runHash, endsIfOther, afterSet }: RunRequest,
): Promise<RunAnswer> {
  const { store, now } = context;
  let stored = await readOwned(context, credential);
  const run = compareRun(stored, runHash);
  if (run === 'same' && runHash && stored?.binding?.confirmed === false) {
    stored = await store.confirmBinding({ ...credential, now, runHash });
  }
  if (run === 'other' && endsIfOther && stored?.session.state === 'active') {
    await endSession(context, credential, 'closed');
  }
  const missed = run === 'unmarked' && shouldBeBound(stored) && (afterSet || !isYoung(stored, now));
  return { run, missed, stored };
}

/**
 * Whether a page of the session has to be checked before it is rendered, unless it shows the mark. Not one of a session
 * that could never be bound: nobody is kept out for that.
 */
export function mayBeOfAnotherRun(stored: StoredSession, now: number): boolean {
  if (!shouldBeBound(stored) || evaluate(stored.session, now).state !== 'live') return false;
  return stored.binding?.confirmed === true || isYoung(stored, now);
}

function compareRun(stored: StoredSession | undefined, runHash: Uint8Array | undefined): Run {
  if (!stored?.binding || !shouldBeBound(stored)) return 'unmarked';
  if (runHash && sameHash(stored.binding.runHash, runHash)) return 'same';
  return stored.binding.confirmed ? 'other' : 'unmarked';
}

/** A mode that a newer release has added is taken for one that binds: its sessions must not become weaker here. */
function shouldBeBound(stored: StoredSession | undefined): stored is StoredSession {
  return stored !== undefined && stored.session.browserClose !== 'cookie';
}

function isYoung({ session }: StoredSession, now: number): boolean {
  return now < session.createdAt + BINDABLE_MS;
}

function isBindable(stored: StoredSession, now: number): boolean {
  const live = evaluate(stored.session, now).state === 'live';
  return shouldBeBound(stored) && stored.binding === undefined && live && isYoung(stored, now);
}
