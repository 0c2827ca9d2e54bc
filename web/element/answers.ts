import type { Card } from './card.ts';
import type { Place } from './place.ts';

/** What is pressed sooner than this after the user could see what is asked was meant for something else, ms. */
const UNSEEN_MS = 700;

/** Takes the user's answers, where they are meant. */
export interface Answers {
  /** What is asked now can be answered once the user has seen it, which is not before the tab is looked at. */
  ask(): void;
  /** Input inside the dialog, or anywhere while the page waits for it. */
  onInput(event: Event, path: readonly EventTarget[]): void;
}

/**
 * @param time the monotonic clock, ms
 * @param signIn returns false where the link is to be followed
 */
export function createAnswers(
  card: Card,
  place: Place,
  time: () => number,
  choose: (button: HTMLElement) => void,
  signIn: () => boolean,
): Answers {
  /** When the user could first see what is asked now, by the monotonic clock. */
  let seenAt = Number.POSITIVE_INFINITY;
  /** The key that is down went down while the user could see what is asked. */
  let isKeyMeant = false;

  /** Keys are answered here, not by the clicks that browsers make of them: those tell nothing of when the key went down. */
  function onKey(event: KeyboardEvent, button: HTMLElement | undefined, isSeen: boolean): void {
    const { key, type, repeat } = event;
    const isDown = type === 'keydown';
    if (isDown) isKeyMeant = isSeen && !repeat;
    const isEscape = key === 'Escape' && place.isModal;
    const chosen = isEscape ? card.stayButton : key === 'Enter' || key === ' ' ? button : undefined;
    // A link is followed by the browser, which knows of the other keys that are held.
    if (!chosen || (isKeyMeant && chosen === card.againLink)) return;
    event.preventDefault();
    if (isDown && isKeyMeant) choose(chosen);
  }

  return {
    ask() {
      seenAt = Number.POSITIVE_INFINITY;
      isKeyMeant = false;
      requestAnimationFrame(() => {
        seenAt = time();
      });
    },
    onInput(event, path) {
      const button = card.buttons.find((each) => path.includes(each));
      const isSeen = time() - seenAt >= UNSEEN_MS;
      if (event instanceof KeyboardEvent) onKey(event, button, isSeen);
      else if (event.type === 'click') {
        // Assistive technology clicks without a pointer: whoever uses it has been told what the button is. A click is a MouseEvent.
        const { detail, ctrlKey, metaKey, shiftKey } = event as MouseEvent;
        const isMeant = isSeen || !detail;
        const isPlain = !ctrlKey && !metaKey && !shiftKey;
        if (!isMeant || (button === card.againLink && isPlain && signIn())) event.preventDefault();
        else if (button) choose(button);
      }
    },
  };
}
