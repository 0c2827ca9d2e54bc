/**
 * `<session-timeout-dialog>`: warns before a session ends, and says why it has ended. Importing it defines the element.
 *
 * @module
 */

import { defineSessionTimeoutDialog } from './dialog.ts';

export { SessionTimeoutDialog, type SessionTimeoutDialogAttributes } from './dialog.ts';
export { type DialogTexts, ENGLISH } from './texts.ts';

defineSessionTimeoutDialog();
