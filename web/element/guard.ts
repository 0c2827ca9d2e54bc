import type { Answers } from './answers.ts';
import type { Place } from './place.ts';

/** Keys and pointers, the clipboard, and what is dragged. */
const INPUT =
  'keydown keypress keyup pointerdown pointermove pointerup mousedown mousemove mouseup click dblclick auxclick contextmenu touchstart touchmove touchend wheel paste copy cut dragenter dragover drop';
const FOCUS = 'focusin focusout focus blur';
/** After these, something of the page may be above the dialog. */
const RISEN = 'toggle fullscreenchange';

/**
 * Stands between the user and the page, on the window, where events come through before the listeners of the page, a focus
 * trap's among them, could stop or cancel them. Listeners on the window that are older than this one come before it, which is
 * its limit; inside a closed shadow tree, those that are on the way to it do.
 */
export function guard(
  root: ShadowRoot,
  place: Place,
  onInput: Answers['onInput'],
  signal: AbortSignal,
): void {
  /** Something of the page is above the dialog, or has its focus. */
  const onCovered = () => place.view && !place.isMoving && place.raise();
  const listen = (
    target: EventTarget,
    types: string,
    listener: (event: Event, path: EventTarget[]) => void,
  ) => {
    for (const type of types.split(' ')) {
      // Scrolling waits for no listener.
      const passive = type[0] === 't' || type[0] === 'w';
      const onEvent = (event: Event) => {
        const path = event.composedPath();
        if (path.includes(root) || !isAround(path[0], root)) listener(event, path);
      };
      target.addEventListener(type, onEvent, { capture: true, passive, signal });
    }
  };
  /** Keys that went down and were none of the page's: nor is what they repeat, or their way up, when the dialog may have closed. */
  const down = new Set<string>();
  /** A pointer went down that was the page's: so is its way up, or what is dragged there would stick to it. */
  let isPagePressed = false;
  const onAnyInput = (event: Event, path: EventTarget[]) => {
    const isInside = path.includes(root);
    // Of these events, those of keys have a code.
    const key = event as KeyboardEvent;
    const { type, code, repeat } = key;
    const isUp = type === 'keyup';
    const isRest = (isUp || repeat) && down.has(code);
    const isPageRelease = isPagePressed && /[re]up|hend/.test(type);
    // What a script dispatches elsewhere is a message of the page's own.
    const isOurs = !isPageRelease && (isInside || isRest || (place.isModal && event.isTrusted));
    if (isUp || !isOurs) down.delete(code);
    else if (type === 'keydown' && !repeat) down.add(code);
    if (type === 'pointerdown') isPagePressed = !isOurs;
    if (!isOurs) return;
    event.stopImmediatePropagation();
    // A file that is dropped would be opened in place of the page.
    if ((isRest && !isInside) || /^dr/.test(type)) event.preventDefault();
    onInput(event, path);
    // It went down before: what listens there would take it for held. The focus is here now, so the page gets a copy.
    if (isUp && !isRest) place.toPage(new KeyboardEvent(type, key));
    if (!isInside && type === 'pointerdown') onCovered();
  };
  const onFocus = (event: Event, path: EventTarget[]) => {
    if (path.includes(root) || place.isMoving) event.stopImmediatePropagation();
    else if (event.type === 'focusin' && place.isModal) onCovered();
  };
  for (const target of [globalThis, root]) {
    listen(target, INPUT, onAnyInput);
    listen(target, FOCUS, onFocus);
  }
  listen(globalThis, RISEN, (event, [target]) => {
    const above = place.isModal ? 'dialog, [popover]' : 'dialog';
    // One of the two has the field.
    const { newState = 'open' } = event as ToggleEvent;
    const isAbove = event.type !== 'toggle' || (target instanceof Element && target.matches(above));
    if (newState === 'open' && isAbove) onCovered();
  });
}

/**
 * Whether a shadow tree around the dialog belongs to this. Where it is closed, the window is told of it as the target of all that goes on in
 * the tree, and no more: so what the dialog is told is what its own root hears.
 */
function isAround(target: EventTarget | undefined, { host }: Partial<ShadowRoot>): boolean {
  // Only a shadow root has a host.
  return !!host && (host === target || isAround(target, host.getRootNode() as Partial<ShadowRoot>));
}
