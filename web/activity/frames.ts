import { FRAME_ACTIVITY } from '../../core/contract.ts';
import { ACTIVITY_EVENTS, isIntended, listenInFrames } from '../client/activity.ts';
import type { SessionClient } from '../client/types.ts';

/** A frame tells its page of activity that goes on so often at most, ms. */
const TELL_EVERY_MS = 1_000;

/** What {@link reportActivityTo} takes besides the origin. */
export interface FrameOptions {
  /** ms that never jump. @default performance.now */
  readonly now?: (() => number) | undefined;
}

/**
 * In a page: takes the word of frames of these origins that the user is active there. They call {@link reportActivityTo}. Such an
 * origin can keep the session alive, so name only those that may.
 *
 * @param origins such as `https://editor.example.com`
 * @returns what undoes it
 * @throws TypeError for what is no origin
 */
export function takeActivityFrom(
  session: Pick<SessionClient, 'reportActivity'>,
  origins: readonly string[],
): () => void {
  const known = new Set(origins.map(originOf));
  const stopper = new AbortController();
  addEventListener(
    'message',
    ({ data, origin }) => {
      if (data === FRAME_ACTIVITY && known.has(origin)) session.reportActivity();
    },
    { signal: stopper.signal },
  );
  return () => stopper.abort();
}

/**
 * In a frame: tells the page around it, if that is of this origin, that the user is active here, or in a frame inside it. Once a second at most, and nothing
 * but that. That page calls {@link takeActivityFrom}.
 *
 * @param origin such as `https://app.example.com`
 * @returns what undoes it
 * @throws TypeError for what is no origin
 */
export function reportActivityTo(
  origin: string,
  { now = () => performance.now() }: FrameOptions = {},
): () => void {
  const target = originOf(origin);
  const stopper = new AbortController();
  let toldAt = Number.NEGATIVE_INFINITY;
  listenInFrames(ACTIVITY_EVENTS, stopper.signal, (event) => {
    const at = now();
    if (!event.isTrusted || !isIntended(event) || at - toldAt < TELL_EVERY_MS) return;
    toldAt = at;
    parent.postMessage(FRAME_ACTIVITY, target);
  });
  return () => stopper.abort();
}

/** @throws TypeError for what is no origin: `*`, a path, `null` */
function originOf(text: string): string {
  const { origin } = new URL(text);
  if (origin === 'null' || text !== origin) throw new TypeError(`not an origin: ${text}`);
  return origin;
}
