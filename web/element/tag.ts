import type { SessionClient, SignOutResponse, Snapshot } from '../client/types.ts';
import type { DialogTexts } from './texts.ts';

/** What a template may set on the element: for the types of frameworks, which have a place for elements of others. */
export interface SessionTimeoutDialogAttributes {
  /** The client to show: a property, which Vue, Svelte and React 19 set as one. */
  readonly session?: SessionClient | undefined;
  /** Some texts of the page's own, or all: a property. */
  readonly texts?: Partial<DialogTexts> | undefined;
  /** @default '/api/auth/sign-in' */
  readonly 'sign-in-href'?: string | undefined;
  /** A selector. @default 'h1' */
  readonly 'focus-fallback'?: string | undefined;
  /** @default 'cover' where this document has known a live session, else 'notice' */
  readonly ended?: 'cover' | 'notice' | 'event' | undefined;
  /** Whether a warning in a hidden tab is a notification of the system, too. @default false */
  readonly notify?: boolean | undefined;
}

/** The events of the element, by their names: `addEventListener` knows them. */
export interface SessionTimeoutDialogEvents {
  /** The session has ended, for this reason. */
  readonly ended: CustomEvent<{ readonly reason: Snapshot['reason'] }>;
  /** After its "Sign out". Prevent its default to stay on this site. */
  readonly 'signed-out': CustomEvent<SignOutResponse>;
  /** Somebody else has signed in. Prevent its default to keep the page, which otherwise is covered and goes to `/`. */
  readonly replaced: CustomEvent<null>;
}

/** What a template of Svelte takes for the tag: its attributes and properties, its events, and those of any element. */
export interface SessionTimeoutDialogSvelteTag
  extends SessionTimeoutDialogAttributes,
    Partial<Pick<HTMLElement, 'id' | 'lang' | 'dir' | 'title' | 'hidden'>> {
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
