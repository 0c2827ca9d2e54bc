import type { SessionClient, SignOutResponse, Snapshot } from '../client/types.ts';
import type { OwnTexts } from './texts.ts';

export const TAG = 'session-timeout-dialog';

/** What shows once the session has ended: over the page, in a corner, or nothing; `redirect` leaves the page. */
export type EndedDisplay = 'cover' | 'notice' | 'event' | 'redirect';

/** What the dialog is given as a component: the props of the bindings. */
export interface DialogProps {
  /** The client to show. */
  readonly session: SessionClient;
  /** Texts in place of those in the language of the page. @default none replaced */
  readonly texts?: OwnTexts | undefined;
  /** @default '/api/auth/sign-in' */
  readonly signInHref?: string | undefined;
  /** A selector. @default 'h1' */
  readonly focusFallback?: string | undefined;
  /** @default 'cover' where this document has known a live session, else 'notice' */
  readonly ended?: EndedDisplay | undefined;
  /** Where `redirect` leads. @default '/' */
  readonly endedHref?: string | undefined;
  /** Whether a warning in a hidden tab is a notification of the system, too, where the page has permission. @default false */
  readonly notify?: boolean | undefined;
}

/** What a component sets on the element, by the names of its attributes. */
export function attributesOf({ signInHref, focusFallback, ended, endedHref, notify }: DialogProps) {
  return {
    'sign-in-href': signInHref,
    'focus-fallback': focusFallback,
    ended,
    'ended-href': endedHref,
    // React 18 writes a boolean as text.
    notify: notify ? '' : undefined,
  };
}

/** What a template may set on the element: for the types of frameworks, which have a place for elements of others. */
export interface SessionTimeoutDialogAttributes {
  /** The client to show: a property, which Vue, Svelte and React 19 set as one. @default none: nothing shows */
  readonly session?: SessionClient | undefined;
  /** Some texts of the page's own, or all: a property. @default those of the page's language, or English */
  readonly texts?: OwnTexts | undefined;
  /** @default '/api/auth/sign-in' */
  readonly 'sign-in-href'?: string | undefined;
  /** A selector. @default 'h1' */
  readonly 'focus-fallback'?: string | undefined;
  /** @default 'cover' where this document has known a live session, else 'notice' */
  readonly ended?: EndedDisplay | undefined;
  /** Where `redirect` leads. @default '/' */
  readonly 'ended-href'?: string | undefined;
  /** Whether a warning in a hidden tab is a notification of the system, too. @default false */
  readonly notify?: boolean | undefined;
}

/** The events of the element, by their names: `addEventListener` knows them. */
export interface SessionTimeoutDialogEvents {
  /**
   * The session has ended, for this reason: once for each end. `clear` empties the page for a device that others use, too:
   * what the user saw and typed leaves the document, all but the dialog. Once somebody is signed in again, the page is loaded anew.
   * Prevent its default to stay where `redirect` would leave the page.
   */
  readonly ended: CustomEvent<{ readonly reason: Snapshot['reason']; clear(): void }>;
  /** After its "Sign out". Prevent its default to stay on this site. */
  readonly 'signed-out': CustomEvent<SignOutResponse>;
  /** Somebody else has signed in. Prevent its default to keep the page, which otherwise is covered and goes to `/`. */
  readonly replaced: CustomEvent<null>;
}

/** What a template of Svelte takes for the tag: its attributes and properties, its events, and those of any element. */
export interface SessionTimeoutDialogSvelteTag extends SessionTimeoutDialogAttributes {
  /** @default none */
  readonly id?: string | undefined;
  /** The language of its texts. @default that of the page */
  readonly lang?: string | undefined;
  /** @default that of the page */
  readonly dir?: string | undefined;
  /** @default none */
  readonly title?: string | undefined;
  /** @default false */
  readonly hidden?: HTMLElement['hidden'] | undefined;
  /** @default none */
  readonly class?: string | undefined;
  /** @default none */
  readonly style?: string | undefined;
  /** @default nothing happens */
  readonly onended?: ((event: SessionTimeoutDialogEvents['ended']) => void) | undefined;
  /** @default goes on to the provider's sign-out address, where there is one */
  readonly 'onsigned-out'?: ((event: SessionTimeoutDialogEvents['signed-out']) => void) | undefined;
  /** @default covers the page, which goes to `/` */
  readonly onreplaced?: ((event: SessionTimeoutDialogEvents['replaced']) => void) | undefined;
}

declare global {
  // Svelte's tools look for the elements of others in this namespace.
  namespace svelteHTML {
    interface IntrinsicElements {
      'session-timeout-dialog': SessionTimeoutDialogSvelteTag;
    }
  }
}
