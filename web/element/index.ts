/**
 * `<session-timeout-dialog>`: warns before a session ends, and says why it has ended. Importing it defines the element.
 *
 * @module
 */

import { defineSessionTimeoutDialog } from './dialog.ts';

export { SessionTimeoutDialog } from './dialog.ts';
export { TEXTS as ENGLISH } from './locales/en.ts';
export type {
  EndedDisplay,
  SessionTimeoutDialogAttributes,
  SessionTimeoutDialogEvents,
  SessionTimeoutDialogSvelteTag,
} from './tag.ts';
export type { DialogTexts, DurationUnit, OwnTexts, ToldReason } from './texts.ts';

defineSessionTimeoutDialog();
