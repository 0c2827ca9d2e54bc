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
  type RefObject,
  useCallback,
  useEffect,
  useRef,
  useSyncExternalStore,
} from 'react';
import { LOADING } from '../client/snapshot.ts';
import type { SessionClient, Snapshot } from '../client/types.ts';
import { use } from '../client/users.ts';
import type { Content, Drafts } from '../drafts/index.ts';
import { type DraftState, draftState } from '../drafts/state.ts';
import { type SessionTimeoutDialog as DialogElement, defineSessionTimeoutDialog } from '../element/dialog.ts';
import {
  attributesOf,
  type DialogProps,
  type SessionTimeoutDialogAttributes,
  type SessionTimeoutDialogEvents,
} from '../element/tag.ts';

export type { DraftState } from '../drafts/state.ts';
export type { DialogProps } from '../element/tag.ts';

/**
 * The session, kept up to date. Starts the client with the first component that uses it and stops it with the
 * last. Renders on a server too (`loading`).
 */
export function useSession(session: SessionClient): Snapshot {
  useEffect(() => use(session), [session]);
  return useSyncExternalStore(session.subscribe, session.getSnapshot, () => LOADING);
}

/**
 * `useState` for what a user would not want to lose: kept with the drafts of the page, and back after an expiry and the
 * sign-in after it. Fields in the document are kept without it; it is for the rest, such as the state of an editor.
 *
 * @param drafts what `keepDrafts` of `curfew/drafts` returned, once for the page
 * @param name components that use the same name share the state
 * @param initial shows until something was set, here or before. What was set when it was another one is given back only where the user
 *   has chosen so: see `outdated` of `DraftChange`
 * @returns the state, and a function that sets it, which is the same each time
 */
export function useDraft<T extends Content>(
  drafts: Drafts,
  name: string,
  initial: T,
): [DraftState<T>, (content: DraftState<T>) => void] {
  const content = useSyncExternalStore(
    drafts.subscribe,
    () => drafts.get(name, initial),
    () => undefined,
  );
  const set = useCallback((next: DraftState<T>) => drafts.set(name, next), [drafts, name]);
  return [draftState(content, initial), set];
}

/** Props of {@link SessionTimeoutDialog}. */
export interface SessionTimeoutDialogProps extends DialogProps {
  /** After "Sign out". Prevent its default to stay on this site. @default the page goes on to where the provider signs out, if it does */
  readonly onSignedOut?: ((event: SessionTimeoutDialogEvents['signed-out']) => void) | undefined;
  /** Once the session has ended. @default nobody is told */
  readonly onEnded?: ((event: SessionTimeoutDialogEvents['ended']) => void) | undefined;
  /** Somebody else has signed in. Prevent its default to keep the page. @default the page is covered, and goes to `/` */
  readonly onReplaced?: ((event: SessionTimeoutDialogEvents['replaced']) => void) | undefined;
}

/** `<session-timeout-dialog>` as a component. */
export function SessionTimeoutDialog(props: SessionTimeoutDialogProps): ReactElement {
  const { session, texts, onSignedOut, onEnded, onReplaced } = props;
  const ref = useRef<DialogElement>(null);
  useSession(session);
  // Before the session is set, which may have ended already.
  useListener(ref, 'signed-out', onSignedOut);
  useListener(ref, 'ended', onEnded);
  useListener(ref, 'replaced', onReplaced);
  // Apart from the session: texts that are written inline are new at each render, and must not open the dialog anew.
  useEffect(() => {
    defineSessionTimeoutDialog();
    if (ref.current) ref.current.texts = texts;
  }, [texts]);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    element.session = session;
    return () => {
      element.session = undefined;
    };
  }, [session]);
  return createElement('session-timeout-dialog', { ref, ...attributesOf(props) });
}

/** Listens to the element as long as there is a listener. */
function useListener<K extends keyof SessionTimeoutDialogEvents>(
  ref: RefObject<DialogElement | null>,
  type: K,
  listener: ((event: SessionTimeoutDialogEvents[K]) => void) | undefined,
): void {
  useEffect(() => {
    const element = ref.current;
    if (!element || !listener) return;
    element.addEventListener(type, listener);
    return () => element.removeEventListener(type, listener);
  }, [ref, type, listener]);
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
