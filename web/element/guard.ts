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
 * its limit.
 */
export function guard(
  root: ShadowRoot,
  place: Place,
  onInput: Answers['onInput'],
  signal: AbortSignal,
): void {
  /** Something of the page is above the dialog, or has its focus. */
  const onCovered = () => place.view && !place.isMoving && place.raise();
  const listen = (types: string, listener: (event: Event, path: EventTarget[]) => void) => {
    for (const type of types.split(' ')) {
      // Scrolling waits for no listener.
      const passive = type[0] === 't' || type[0] === 'w';
      addEventListener(type, (event) => listener(event, event.composedPath()), {
        capture: true,
        passive,
        signal,
      });
    }
  };
  /** The key that went down last, if that was none of the page's: neither is its way up, when the dialog may have closed. */
  let down: string | undefined;
  /** A pointer went down that was the page's: so is its way up, or what is dragged there would stick to it. */
  let isPagePressed = false;
  listen(INPUT, (event, path) => {
    const isInside = path.includes(root);
    // Of these events, those of keys have a code.
    const { type, code } = event as KeyboardEvent;
    const isRest = type === 'keyup' && code === down;
    const isPageRelease = isPagePressed && /[re]up|hend/.test(type);
    // What a script dispatches elsewhere is a message of the page's own.
    const isOurs = !isPageRelease && (isInside || isRest || (place.isModal && event.isTrusted));
    if (type === 'keydown') down = isOurs ? code : undefined;
    if (type === 'pointerdown') isPagePressed = !isOurs;
    if (!isOurs) return;
    event.stopImmediatePropagation();
    // A file that is dropped would be opened in place of the page.
    if ((isRest && !isInside) || /^dr/.test(type)) event.preventDefault();
    onInput(event, path);
    if (!isInside && type === 'pointerdown') onCovered();
  });
  listen(FOCUS, (event, path) => {
    if (path.includes(root) || place.isMoving) event.stopImmediatePropagation();
    else if (event.type === 'focusin' && place.isModal) onCovered();
  });
  listen(RISEN, (event, [target]) => {
    const above = place.isModal ? 'dialog, [popover]' : 'dialog';
    // One of the two has the field.
    const { newState = 'open' } = event as ToggleEvent;
    const isAbove = event.type !== 'toggle' || (target instanceof Element && target.matches(above));
    if (newState === 'open' && isAbove) onCovered();
  });
}
