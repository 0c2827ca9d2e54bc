import { defineSessionTimeoutDialog } from './dialog.ts';

export { SessionTimeoutDialog } from './dialog.ts';
export { type DialogTexts, ENGLISH } from './texts.ts';

defineSessionTimeoutDialog();
