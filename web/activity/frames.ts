import { FRAME_ACTIVITY } from '../../core/contract.ts';
import { ACTIVITY_EVENTS, isIntended } from '../client/activity.ts';
import type { SessionClient } from '../client/types.ts';

/** A frame tells its page of activity that goes on so often at most, ms. */
const TELL_EVERY_MS = 1_000;

/** What {@link reportActivityTo} takes besides the origin. */
export interface FrameOptions {
  /** ms that never jump. @default performance.now */
  readonly now?: (() => number) | undefined;
}

/**
 * Counts what the user does in the frames of this origin, those inside them and those that are added later included. A frame in a
 * shadow root, or of another origin, is not seen: see {@link takeActivityFrom}.
 *
 * @returns what undoes it
 */
export function watchFrames(session: Pick<SessionClient, 'reportActivity'>): () => void {
  const stopper = new AbortController();
  const { signal } = stopper;

  function watchDocument(document: Document): void {
    // The load of a frame is not seen on the window. Each document that is loaded into a frame has new listeners.
    document.addEventListener('load', ({ target }) => watchFrame(target), { capture: true, signal });
    for (const frame of document.querySelectorAll('iframe, frame')) watchFrame(frame);
  }

  function watchFrame(target: EventTarget | null): void {
    // What loads is a frame, a script, an image …: only frames have a document in them. Null: of another origin.
    const { contentDocument, contentWindow } = target as Partial<HTMLIFrameElement>;
    if (!contentDocument || !contentWindow) return;
    listen(contentWindow, signal, () => session.reportActivity());
    watchDocument(contentDocument);
  }

  watchDocument(document);
  return () => stopper.abort();
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
 * In a frame: tells the page around it, if that is of this origin, that the user is active here. Once a second at most, and nothing
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
  listen(globalThis, stopper.signal, () => {
    const at = now();
    if (at - toldAt < TELL_EVERY_MS) return;
    toldAt = at;
    parent.postMessage(FRAME_ACTIVITY, target);
  });
  return () => stopper.abort();
}

/** Calls for what counts as activity, before anything in the page can stop it. */
function listen(target: EventTarget, signal: AbortSignal, onActivity: () => void): void {
  const onEvent = (event: Event) => {
    if (event.isTrusted && isIntended(event)) onActivity();
  };
  for (const type of ACTIVITY_EVENTS) {
    target.addEventListener(type, onEvent, { capture: true, passive: true, signal });
  }
}

/** @throws TypeError for what is no origin: `*`, a path, `null` */
function originOf(text: string): string {
  const { origin } = new URL(text);
  if (origin === 'null' || text !== origin) throw new TypeError(`not an origin: ${text}`);
  return origin;
}
