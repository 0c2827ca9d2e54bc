/**
 * What counts as activity. Scroll, focus and mousemove do not: scripts and layout raise trusted ones
 * (`scrollTo()`, `.focus()`). Nor does coming back to the tab: looking is not working.
 */
export const ACTIVITY_EVENTS = ['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchmove'];

/**
 * Whether the user meant it: no key that something lies on, and no pointer under which only the page moved. A pen that draws says
 * in some browsers only that it is pressed.
 */
export function isIntended(event: Event): unknown {
  // Each event has those fields that its type defines; the others read as undefined.
  const input = event as KeyboardEvent & PointerEvent;
  return input.type === 'pointermove' ? input.movementX || input.movementY || input.pressure : !input.repeat;
}

/** Events after which time may have passed unnoticed. */
export const WAKE_UPS = ['focus', 'pageshow', 'online', 'visibilitychange', 'resume'];

/** Listens on the window, where events come through before anything can stop them, until the signal aborts. */
export function listen(types: readonly string[], signal: AbortSignal, onEvent: (event: Event) => void): void {
  for (const type of types) addEventListener(type, onEvent, { capture: true, passive: true, signal });
}
