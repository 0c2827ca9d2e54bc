/**
 * Ends a session with its browser, where the policy has `browserClose: 'run'` or `'last-page'`.
 *
 * @module
 */

export { type BrowserClose, type BrowserCloseOptions, bindToBrowser } from './browser-close.ts';
