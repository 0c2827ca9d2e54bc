import { verdict } from '../../core/lifecycle.ts';
import type { RunCheck } from '../../core/protocol.ts';
import { type Credential, sameHash } from './secret.ts';
import { type Context, endSession } from './sessions.ts';
import type { StoredSession } from './store.ts';

/**
 * How long after sign-in a session can be bound to a run of its browser, ms. Long enough for the first page on a
 * slow network; short, since a browser restored within it would be taken for the one that signed in.
 */
export const MARKABLE_MS = 60_000;

export type Run = RunCheck['run'];

/** What a page of the site shows of its run, and what may follow. */
export interface RunRequest {
  readonly runHash: Uint8Array | undefined;
  /** A page of another run ends the session. */
  readonly endsIfOther: boolean;
  /** The page has just set the mark. */
  readonly afterSet: boolean;
}

/**
 * Records the run that a session was begun in: once, while the session is young.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function setRun(context: Context, credential: Credential, runHash: Uint8Array): Promise<Run> {
  const { store, now } = context;
  const stored = await readOwn(context, credential);
  if (!stored || !isMarkable(stored, now)) return judge(stored, runHash);
  return judge(await store.markRun({ ...credential, now, runHash }), runHash);
}

/**
 * Whether a page is of the run that the session was begun in, and ends the session (`closed`) if it is not.
 * The first time that the browser shows the mark of its own accord proves that it keeps one: before that, its
 * absence means nothing.
 *
 * @returns missed: the session should be bound to a run, and is not
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function checkRun(
  context: Context,
  credential: Credential,
  { runHash, endsIfOther, afterSet }: RunRequest,
): Promise<{ run: Run; missed: boolean }> {
  const { store, now } = context;
  const stored = await readOwn(context, credential);
  const run = judge(stored, runHash);
  if (run === 'same' && runHash && stored?.run?.proven === false) {
    const { markedIdleTimeoutMs } = stored.session;
    await store.proveRun({ ...credential, now, runHash, markedIdleTimeoutMs });
  }
  if (run === 'other' && endsIfOther && stored?.session.state === 'active') {
    await endSession(context, credential, 'closed');
  }
  const missed = run === 'unmarked' && isBound(stored) && (afterSet || !isYoung(stored, now));
  return { run, missed };
}

/**
 * Whether a page of the session has to be checked before it is rendered. Not one that could never be bound: nobody
 * is kept out for that.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function mayBeOfAnotherRun(context: Context, credential: Credential): Promise<boolean> {
  const stored = await readOwn(context, credential);
  if (!isBound(stored) || verdict(stored.session, context.now).state !== 'live') return false;
  return stored.run?.proven === true || isYoung(stored, context.now);
}

async function readOwn({ store }: Context, credential: Credential): Promise<StoredSession | undefined> {
  const stored = await store.read(credential.sessionId);
  return stored && sameHash(stored.secretHash, credential.secretHash) ? stored : undefined;
}

function judge(stored: StoredSession | undefined, runHash: Uint8Array | undefined): Run {
  if (!stored?.run || !isBound(stored)) return 'unmarked';
  if (runHash && sameHash(stored.run.hash, runHash)) return 'same';
  return stored.run.proven ? 'other' : 'unmarked';
}

function isBound(stored: StoredSession | undefined): stored is StoredSession {
  return stored !== undefined && stored.session.browserClose !== 'cookie';
}

function isYoung({ session }: StoredSession, now: number): boolean {
  return now < session.createdAt + MARKABLE_MS;
}

function isMarkable(stored: StoredSession, now: number): boolean {
  const live = verdict(stored.session, now).state === 'live';
  return isBound(stored) && stored.run === undefined && live && isYoung(stored, now);
}
