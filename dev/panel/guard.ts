/** What the user does with keys, pointers, the clipboard and by dragging. All of these leave a shadow tree. */
const INPUT = [
  ...['keydown', 'keypress', 'keyup', 'beforeinput', 'input', 'copy', 'cut', 'paste'],
  ...['compositionstart', 'compositionupdate', 'compositionend'],
  ...['pointerdown', 'pointermove', 'pointerup', 'pointercancel', 'pointerover', 'pointerout'],
  ...[
    'mousedown',
    'mousemove',
    'mouseup',
    'mouseover',
    'mouseout',
    'click',
    'dblclick',
    'auxclick',
    'contextmenu',
  ],
  ...['touchstart', 'touchmove', 'touchend', 'touchcancel', 'wheel'],
  ...['dragstart', 'drag', 'dragenter', 'dragover', 'dragleave', 'drop', 'dragend'],
];
const FOCUS = ['focus', 'focusin', 'focusout', 'blur'];

/**
 * Keeps what happens in the panel from the page: its handlers, its focus traps, and the session client, for which it would be
 * activity of the user. It stands on the window, where events come through first. Nothing in the panel needs these events: its buttons
 * submit forms, and `submit`, `change` and `toggle` do not leave a shadow tree.
 *
 * Listeners on the window that are older than this one come before it, which is its limit: the module of the panel is loaded
 * before any other script of the page.
 *
 * @param find the panel that an event happens in, by the path of the event
 */
export function guardPage<Panel extends Guarded>(
  find: (path: readonly EventTarget[]) => Panel | undefined,
): void {
  /** The key that went down in a panel: its way up is none of the page's, wherever the focus has gone meanwhile. */
  let down: string | undefined;
  /** A pointer that went down in the page: what is dragged there would stick to it without its way up. */
  let isPagePressed = false;
  /** What had the focus last in the page, in whatever shadow tree. */
  let pageFocus: EventTarget | undefined;
  const listen = (types: readonly string[], listener: (event: Event, panel: Panel | undefined) => void) => {
    for (const type of types) {
      const passive = type === 'wheel' || type.startsWith('touch');
      addEventListener(type, (event) => listener(event, find(event.composedPath())), {
        capture: true,
        passive,
      });
    }
  };
  listen(INPUT, (event, panel) => {
    const { type } = event;
    // Of these, only keys have a code, and only pointers have buttons.
    const { code, buttons } = event as Partial<KeyboardEvent & PointerEvent>;
    const isRest = type === 'keyup' && code === down;
    if (type === 'keydown') down = panel && code;
    if (type === 'pointerdown') isPagePressed = !panel;
    // After the way up: the events of a mouse come behind those of the pointer.
    if (type === 'pointermove' && buttons === 0) isPagePressed = false;
    const isPageDrag = isPagePressed && /^(?:pointer|mouse|touch|drag)/.test(type);
    if ((!panel && !isRest) || isPageDrag) return;
    event.stopImmediatePropagation();
    panel?.onInput(event);
  });
  listen(FOCUS, (event, panel) => {
    if (panel) event.stopImmediatePropagation();
    if (event.type !== 'focusin') return;
    // It is an event of focus.
    const { relatedTarget } = event as FocusEvent;
    if (panel) panel.onFocusIn(relatedTarget && (pageFocus ?? relatedTarget));
    else [pageFocus] = event.composedPath();
  });
}

/** What a panel is told of the events that are kept from the page. */
export interface Guarded {
  onInput(event: Event): void;
  /** @param from what had the focus before, as the page sees it */
  onFocusIn(from: EventTarget | null): void;
}
