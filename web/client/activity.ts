/**
 * What counts as activity. Not scroll, focus or mousemove: scripts and layout raise trusted ones of those
 * (`scrollTo()`, `.focus()`). Not coming back to the tab either: looking is not working.
 */
export const ACTIVITY_EVENTS = ['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchmove'];

/** Not a key that something lies on, and not a pointer under which the page moved. */
export function isIntended(event: Event): boolean {
  const { type, repeat, movementX, movementY } = event as KeyboardEvent & PointerEvent;
  return type === 'pointermove' ? !!(movementX || movementY) : !repeat;
}

/** Listens for activity until the signal aborts. Untrusted events never count. */
export function listenForActivity(
  types: readonly string[],
  counts: (event: Event) => boolean,
  signal: AbortSignal,
  onActivity: () => void,
): void {
  for (const type of types) {
    addEventListener(type, (event) => event.isTrusted && counts(event) && onActivity(), {
      capture: true,
      passive: true,
      signal,
    });
  }
}

/** Listens for everything that may mean that time has passed unseen. */
export function listenForWakeUps(signal: AbortSignal, onWake: (event: Event) => void): void {
  for (const type of ['focus', 'pageshow', 'online']) addEventListener(type, onWake, { signal });
  for (const type of ['visibilitychange', 'resume']) document.addEventListener(type, onWake, { signal });
}
