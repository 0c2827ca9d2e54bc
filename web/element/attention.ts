import type { Card } from './card.ts';
import { TAG } from './tag.ts';

/** Says it outside of the page while the tab is hidden: in the title, and by a notification of the system. */
export interface Attention {
  /** @param cue stands before the page's own title; false: the title is the page's own */
  title(cue: string | false): void;
  /** @param isWanted false: what was shown is closed; undefined: it stays as it is */
  notify(isWanted: boolean | undefined): void;
}

export function createAttention({ headingElement, text }: Card): Attention {
  /** The page's own title, while ours stands before it. */
  let own: string | undefined;
  let notification: Notification | undefined;
  return {
    title(cue) {
      // Unless the page has given itself another title since.
      if (own !== undefined && document.title.endsWith(own)) document.title = own;
      own = undefined;
      if (cue === false) return;
      own = document.title;
      document.title = `${cue} · ${own}`;
    },
    notify(isWanted) {
      if (isWanted === false) notification?.close();
      else if (isWanted && globalThis.Notification?.permission === 'granted') {
        try {
          // Several tabs have one between them.
          notification = new Notification(headingElement.textContent, { body: text.textContent, tag: TAG });
          notification.onclick = () => focus();
        } catch {
          // On phones pages may show none without a service worker: the title says it all the same.
        }
      }
    },
  };
}
