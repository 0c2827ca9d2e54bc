/**
 * The session as a composable, and the dialog as a component. Needs Vue 3.3 or newer.
 *
 * @module
 */

import {
  computed,
  defineComponent,
  getCurrentInstance,
  type HTMLAttributes,
  h,
  type MaybeRefOrGetter,
  onMounted,
  onScopeDispose,
  type PropType,
  type ReservedProps,
  type ShallowRef,
  shallowRef,
  toValue,
  type WritableComputedRef,
  watch,
} from 'vue';
import type {} from 'vue/jsx-runtime';
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

/** Begins once the component is in the page, outside of components at once, and on a server never. */
function inPage(begin: () => void): void {
  if (getCurrentInstance()) onMounted(begin);
  else if (globalThis.document) begin();
}

/** A component that takes over what a server rendered has its element before it is set up, and has to show the same first. */
function isHydrating(): boolean {
  return Boolean(getCurrentInstance()?.vnode.el);
}

/**
 * The session, kept up to date. Starts the client with the first component that uses it and stops it with the
 * last. Renders on a server too (`loading`).
 *
 * @param session the client, or what gives it: another one releases the first
 */
export function useSession(session: MaybeRefOrGetter<SessionClient>): Readonly<ShallowRef<Snapshot>> {
  const snapshot = shallowRef(isHydrating() ? LOADING : toValue(session).getSnapshot());
  inPage(() => {
    watch(
      () => toValue(session),
      (client, _before, onCleanup) => {
        const read = () => {
          snapshot.value = client.getSnapshot();
        };
        const stop = use(client);
        const unsubscribe = client.subscribe(read);
        read();
        onCleanup(() => {
          unsubscribe();
          stop();
        });
      },
      { immediate: true },
    );
  });
  return snapshot;
}

/**
 * `ref` for what a user would not want to lose: kept with the drafts of the page, and back after an expiry and the sign-in
 * after it. Fields in the document are kept without it; it is for the rest, such as the state of an editor.
 *
 * @param drafts what `keepDrafts` of `curfew/drafts` returned, once for the page
 * @param name components that use the same name share the state
 * @param initial shows until something was set, here or before. What was set when it was another one is given back only where the user
 *   has chosen so: see `outdated` of `DraftChange`
 */
export function useDraft<T extends Content>(
  drafts: Drafts,
  name: string,
  initial: T,
): WritableComputedRef<DraftState<T>> {
  const content = shallowRef(isHydrating() ? undefined : drafts.get(name, initial));
  const read = () => {
    content.value = drafts.get(name, initial);
  };
  inPage(() => {
    read();
    onScopeDispose(drafts.subscribe(read));
  });
  return computed({
    get: () => draftState(content.value, initial),
    set(next) {
      drafts.set(name, next);
      read();
    },
  });
}

/** Props of {@link SessionTimeoutDialog}. */
export type SessionTimeoutDialogProps = DialogProps;

/** `<session-timeout-dialog>` as a component, with the events `ended`, `signed-out` and `replaced`. */
export const SessionTimeoutDialog = defineComponent({
  name: 'SessionTimeoutDialog',
  props: {
    session: { type: Object as PropType<SessionClient>, required: true },
    texts: Object as PropType<DialogProps['texts']>,
    signInHref: String,
    focusFallback: String,
    ended: String as PropType<DialogProps['ended']>,
    endedHref: String,
    notify: Boolean,
  },
  emits: {
    ended: (_event: SessionTimeoutDialogEvents['ended']) => true,
    'signed-out': (_event: SessionTimeoutDialogEvents['signed-out']) => true,
    replaced: (_event: SessionTimeoutDialogEvents['replaced']) => true,
  },
  setup(props, { emit }) {
    defineSessionTimeoutDialog();
    const element = shallowRef<DialogElement>();
    useSession(() => props.session);
    // Apart from the session: texts that are written inline are new at each render, and must not open the dialog anew.
    watch(
      [element, () => props.texts] as const,
      ([dialog, texts]) => {
        if (dialog) dialog.texts = texts;
      },
      { flush: 'post' },
    );
    watch(
      [element, () => props.session] as const,
      ([dialog, session], _before, onCleanup) => {
        if (!dialog) return;
        dialog.session = session;
        onCleanup(() => {
          dialog.session = undefined;
        });
      },
      { flush: 'post' },
    );
    return () =>
      h('session-timeout-dialog', {
        ref: element,
        ...attributesOf(props),
        onEnded: (event: SessionTimeoutDialogEvents['ended']) => emit('ended', event),
        onSignedOut: (event: SessionTimeoutDialogEvents['signed-out']) => emit('signed-out', event),
        onReplaced: (event: SessionTimeoutDialogEvents['replaced']) => emit('replaced', event),
      });
  },
});

declare module 'vue' {
  // Templates look for elements here.
  interface GlobalComponents {
    'session-timeout-dialog': new () => { $props: SessionTimeoutDialogAttributes };
  }
}

declare module 'vue/jsx-runtime' {
  namespace JSX {
    interface IntrinsicElements {
      'session-timeout-dialog': HTMLAttributes & ReservedProps & SessionTimeoutDialogAttributes;
    }
  }
}
