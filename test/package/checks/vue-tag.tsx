/** @jsxImportSource vue */
import type { SessionClient } from 'curfew/client';
import { SessionTimeoutDialog, useDraft } from 'curfew/vue';

/** The tag and the component in Vue's JSX. Compiled, and never run. */
export const tag = (session: SessionClient) => (
  <session-timeout-dialog session={session} ended="cover" class="mine" />
);
export const component = (session: SessionClient) => (
  <SessionTimeoutDialog
    session={session}
    texts={{ stay: 'Stay' }}
    notify
    onEnded={({ detail }) => detail.reason === 'idle'}
    onSigned-out={({ detail }) => detail.signOutUrl}
  />
);
// @ts-expect-error: no such value
export const wrong = <session-timeout-dialog ended="maybe" />;
// @ts-expect-error: without a client
export const without = <SessionTimeoutDialog />;

/** A state is of the kind that it begins with, and may become any other of that kind. */
export function ofADraft(drafts: Parameters<typeof useDraft>[0]): void {
  const colour = useDraft(drafts, 'colour', 'red');
  colour.value = 'blue';
  // @ts-expect-error: it begins as a text
  colour.value = true;
}
