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

/** Everything that may mean that time has passed unseen. */
export const WAKE_UPS = ['focus', 'pageshow', 'online', 'visibilitychange', 'resume'];

/** Hears events of the window and of all inside it, before anyone can stop them, until the signal aborts. */
export function listen(types: readonly string[], signal: AbortSignal, onEvent: (event: Event) => void): void {
  for (const type of types) addEventListener(type, onEvent, { capture: true, passive: true, signal });
}
