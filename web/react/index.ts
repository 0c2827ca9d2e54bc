/**
 * The session as a React hook, and the dialog as a component. Needs React 18 or newer.
 *
 * @module
 */

'use client';

import {
  createElement,
  type DetailedHTMLProps,
  type HTMLAttributes,
  type ReactElement,
  useCallback,
  useEffect,
  useRef,
  useSyncExternalStore,
} from 'react';
import { LOADING } from '../client/snapshot.ts';
import type { SessionClient, Snapshot } from '../client/types.ts';
import type { Content, Drafts } from '../drafts/index.ts';
import {
  type SessionTimeoutDialog as DialogElement,
  defineSessionTimeoutDialog,
  type SessionTimeoutDialogAttributes,
} from '../element/dialog.ts';
import type { DialogTexts } from '../element/texts.ts';

/** How many components use a client: the first one starts it, the last one to go stops it. */
const users = new WeakMap<SessionClient, number>();

/**
 * The session, kept up to date. Starts the client with the first component that uses it and stops it with the
 * last. Renders on a server too (`loading`).
 */
export function useSession(session: SessionClient): Snapshot {
  useEffect(() => {
    users.set(session, (users.get(session) ?? 0) + 1);
    session.start();
    return () => {
      const left = (users.get(session) ?? 1) - 1;
      users.set(session, left);
      if (left === 0) session.stop();
    };
  }, [session]);
  return useSyncExternalStore(session.subscribe, session.getSnapshot, () => LOADING);
}

/** The type of a state that begins with a value of this one: not only that very text. */
export type DraftState<T extends Content> = T extends string
  ? string
  : T extends boolean
    ? boolean
    : readonly string[];

/**
 * `useState` for what a user would not want to lose: kept with the drafts of the page, and back after an expiry and the
 * sign-in after it. Fields in the document are kept without it; it is for the rest, such as the state of an editor.
 *
 * @param drafts what `keepDrafts` of `curfew/drafts` returned, once for the page
 * @param name components that use the same name share the state
 * @param initial shows until something was set, here or before
 * @returns the state, and a function that sets it, which is the same each time
 */
export function useDraft<T extends Content>(
  drafts: Drafts,
  name: string,
  initial: T,
): [DraftState<T>, (content: DraftState<T>) => void] {
  const content = useSyncExternalStore(
    drafts.subscribe,
    () => drafts.get(name),
    () => undefined,
  );
  const set = useCallback((next: DraftState<T>) => drafts.set(name, next), [drafts, name]);
  // What another version of the page kept under this name may be of another type.
  const fits = typeof content === typeof initial && Array.isArray(content) === Array.isArray(initial);
  // Of the type of the initial value, as was just seen.
  return [(fits ? content : initial) as DraftState<T>, set];
}

/** Props of {@link SessionTimeoutDialog}. */
export interface SessionTimeoutDialogProps {
  /** The client to show. */
  readonly session: SessionClient;
  /** Texts in place of the English ones. @default none replaced */
  readonly texts?: Partial<DialogTexts> | undefined;
  /** @default '/api/auth/sign-in' */
  readonly signInHref?: string | undefined;
  /** A selector. @default 'h1' */
  readonly focusFallback?: string | undefined;
  /**
   * What shows once the session has ended: over the page, in a corner, or nothing.
   *
   * @default 'cover' where this document has known a live session, else 'notice'
   */
  readonly ended?: 'cover' | 'notice' | 'event' | undefined;
  /** Whether a warning in a hidden tab is a notification of the system, too, where the page has permission. @default false */
  readonly notify?: boolean | undefined;
  /** After "Sign out". Prevent its default to stay on this site. */
  readonly onSignedOut?: ((event: CustomEvent<{ signOutUrl?: string }>) => void) | undefined;
}

/** `<session-timeout-dialog>` as a component. */
export function SessionTimeoutDialog(props: SessionTimeoutDialogProps): ReactElement {
  const { session, texts, signInHref, focusFallback, ended, notify, onSignedOut } = props;
  const ref = useRef<DialogElement>(null);
  useSession(session);
  useEffect(() => {
    defineSessionTimeoutDialog();
    const element = ref.current;
    if (!element) return;
    if (texts) element.texts = texts;
    element.session = session;
    return () => {
      element.session = undefined;
    };
  }, [session, texts]);
  useEffect(() => {
    const element = ref.current;
    if (!element || !onSignedOut) return;
    // The element dispatches this event with this detail; the DOM's types know neither.
    const listener = onSignedOut as EventListener;
    element.addEventListener('signed-out', listener);
    return () => element.removeEventListener('signed-out', listener);
  }, [onSignedOut]);
  return createElement('session-timeout-dialog', {
    ref,
    'sign-in-href': signInHref,
    'focus-fallback': focusFallback,
    ended,
    // React 18 writes a boolean as text.
    notify: notify ? '' : undefined,
  });
}

/** What JSX takes for the tag itself. */
export type SessionTimeoutDialogTag = DetailedHTMLProps<HTMLAttributes<DialogElement>, DialogElement> &
  SessionTimeoutDialogAttributes;

declare module 'react' {
  // React's own types have the elements of JSX in a namespace.
  namespace JSX {
    interface IntrinsicElements {
      'session-timeout-dialog': SessionTimeoutDialogTag;
    }
  }
}
