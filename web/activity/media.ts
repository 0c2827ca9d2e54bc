import type { SessionClient } from '../client/types.ts';

/** What {@link watchMedia} takes: everything has a default. */
export interface MediaOptions {
  /** The longest that one playing counts, ms: nobody may be watching. @default 3 600 000 (1 hour) */
  readonly maxMs?: number | undefined;
}

/** After each of these it may have begun to play, or ceased to. */
const CHANGES = ['play', 'playing', 'pause', 'ended', 'emptied'];

/**
 * Counts watching a video, or listening to a sound, as activity: while it plays and this page is visible, or the video is shown in
 * a picture of its own. Not for what plays by itself for decoration.
 *
 * @returns what undoes it
 */
export function watchMedia(
  session: Pick<SessionClient, 'holdActive'>,
  media: HTMLMediaElement,
  { maxMs }: MediaOptions = {},
): () => void {
  const stopper = new AbortController();
  const { signal } = stopper;
  /** Ends what counts now. */
  let finish: (() => void) | undefined;

  function look(): void {
    const isShown = !document.hidden || document.pictureInPictureElement === media;
    const counts = isShown && !media.paused && !media.ended && !signal.aborted;
    if (counts === (finish !== undefined)) return;
    finish?.();
    finish = undefined;
    if (!counts) return;
    const playing = new Promise<void>((resolve) => {
      finish = resolve;
    });
    void session.holdActive(playing, { maxMs });
  }

  for (const type of CHANGES) media.addEventListener(type, look, { signal });
  document.addEventListener('visibilitychange', look, { signal });
  look();
  return () => {
    stopper.abort();
    look();
  };
}
