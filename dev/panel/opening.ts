import { make, put } from '../../web/element/dom.ts';
import { form } from './dom.ts';
import type { Mood } from './format.ts';
import type { Guarded } from './guard.ts';

/** Remembers, for this tab, that the drawer is open: a page that is loaded again shows it again. */
const OPEN_KEY = 'curfew-panel-open';

/** The button in the corner, and the drawer that it opens. The page keeps its focus unless the user takes it elsewhere. */
export interface Opening extends Guarded {
  readonly isOpen: boolean;
  readonly opener: HTMLElement;
  /** Opens the drawer again that was open when the page was left. */
  resume(): void;
  close(): void;
  /** What the button says. */
  glance(text: string, mood: Mood): void;
}

/**
 * @param drawer hidden while it is closed
 * @param first gets the focus when the keyboard opens the drawer
 */
export function createOpening(
  root: ShadowRoot,
  drawer: HTMLElement,
  first: HTMLElement,
  onChange: () => void,
): Opening {
  /** What gets the focus back. Null: nothing had it. */
  let before: HTMLElement | null = null;
  const left = make('span', 'left');
  const press = make('button', 'open', { title: 'Curfew' }, make('i', 'mark'), left);
  first.tabIndex = -1;
  drawer.hidden = true;

  function set(isOpen: boolean): void {
    drawer.hidden = !isOpen;
    press.ariaExpanded = String(isOpen);
    remember(isOpen);
    onChange();
  }
  const opener = form(
    'opener',
    () => {
      if (!drawer.hidden) return opening.close();
      // A mouse does not move the focus here: see below.
      const isByKeyboard = root.activeElement === press;
      if (isByKeyboard) before = press;
      set(true);
      if (isByKeyboard) first.focus();
    },
    press,
  );
  press.ariaExpanded = 'false';

  const opening: Opening = {
    opener,
    get isOpen() {
      return !drawer.hidden;
    },
    resume: () => wasOpen() && set(true),
    close() {
      const had = root.activeElement;
      if (had instanceof HTMLElement && drawer.contains(had)) {
        if (before?.isConnected) before.focus({ preventScroll: true });
        else had.blur();
      }
      set(false);
    },
    glance(text, mood) {
      put(left, text);
      press.dataset.mood = mood;
      press.ariaLabel = `Curfew: ${text}`;
    },
    onInput(event) {
      const [target] = event.composedPath();
      // Only keys have one.
      const { key, isComposing } = event as Partial<KeyboardEvent>;
      if (event.type === 'keydown' && key === 'Escape' && !isComposing && !drawer.hidden) opening.close();
      // A button that is pressed by a mouse does its work without the focus.
      const isButton = target instanceof Element && target.closest('button, summary, a');
      if (event.type === 'mousedown' && isButton) event.preventDefault();
    },
    onFocusIn(from) {
      before = from instanceof HTMLElement ? from : null;
    },
  };
  return opening;
}

/** Storage is forbidden in some pages: there, a drawer begins closed. */
function wasOpen(): boolean {
  try {
    return sessionStorage.getItem(OPEN_KEY) !== null;
  } catch {
    return false;
  }
}

function remember(isOpen: boolean): void {
  try {
    if (isOpen) sessionStorage.setItem(OPEN_KEY, '1');
    else sessionStorage.removeItem(OPEN_KEY);
  } catch {
    // As above.
  }
}
