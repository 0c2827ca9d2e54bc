/**
 * What counts as activity, wherever the user does it: keys and pointers, and what comes without them. `beforeinput` is text that
 * was dictated, written by hand or chosen from a list; `click`, and an `input` without a type, are of assistive technology;
 * `paste`, `copy` and `cut` of the browser's own menus; `dragenter` and `drop` of something that is dragged, when pointers are silent.
 *
 * Others do not count, since scripts, layout or time raise trusted ones: scroll, focus, selection, mousemove, the `input` of
 * `execCommand()`, `dragover` while nothing moves, and what a video says. Nor does coming back to the tab: looking is not working.
 */
export const ACTIVITY_EVENTS =
  'pointerdown pointermove keydown beforeinput input click wheel touchmove paste copy cut dragenter drop'.split(
    ' ',
  );

/**
 * Whether the user meant it: no key that something lies on, no pointer under which only the page moved, and no text that a
 * script has put in. A pen that draws says in some browsers only that it is pressed.
 */
export function isIntended(event: Event): unknown {
  // Each event has those fields that its type defines; the others read as undefined.
  const input = event as KeyboardEvent & PointerEvent & InputEvent;
  if (input.type === 'pointermove') return input.movementX || input.movementY || input.pressure;
  // What the user puts in was announced by `beforeinput`; in WebKit, what a script does, too.
  return !input.repeat && (input.type !== 'input' || !input.inputType);
}

/** Events after which time may have passed unnoticed. */
export const WAKE_UPS = ['focus', 'pageshow', 'online', 'visibilitychange', 'resume'];

/** Listens on a window, where events come through before anything can stop them, until the signal aborts. */
export function listen(
  types: readonly string[],
  signal: AbortSignal,
  onEvent: (event: Event) => void,
  target: EventTarget = globalThis,
): void {
  for (const type of types) target.addEventListener(type, onEvent, { capture: true, passive: true, signal });
}

/** What loads or has the focus is a frame, an image, a button …: only frames have a document in them. */
type FrameLike = EventTarget & Partial<Pick<HTMLIFrameElement, 'contentDocument' | 'shadowRoot'>>;

/**
 * Listens in this window, in those of its frames, and in frames inside them, now and whenever a document has been loaded there,
 * until the signal aborts. One in an open shadow tree, which tells nobody outside that it has loaded, is found once the focus
 * goes into it. A frame of another origin shows no document.
 */
export function listenInFrames(
  types: readonly string[],
  signal: AbortSignal,
  onEvent: (event: Event) => void,
): void {
  const watch = (page: Document) => {
    // Where they listen already, such as after the load of an empty document, nothing is added.
    // The document of a frame is in its window, at its load as well as now.
    const view = page.defaultView!;
    listen(types, signal, onEvent, view);
    // All that is told when the focus goes into a frame.
    listen(['blur'], signal, onBlur, view);
    // The window is not told of the load of a frame.
    listen(['load'], signal, onLoad, page);
    page.querySelectorAll('iframe').forEach(watchFrame);
    watchFrame(page.activeElement);
  };
  const watchFrame = (target: FrameLike | null) => {
    if (target?.shadowRoot) watchFrame(target.shadowRoot.activeElement);
    if (!target?.contentDocument) return;
    listen(['load'], signal, onLoad, target);
    watch(target.contentDocument);
  };
  const onLoad = ({ target }: Event) => watchFrame(target);
  // Firefox moves the focus after that.
  const onBlur = () => requestAnimationFrame(() => watchFrame(document.activeElement));
  watch(document);
}
