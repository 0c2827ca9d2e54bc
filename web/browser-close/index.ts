export { type BrowserClose, type BrowserCloseOptions, bindToBrowser } from './browser-close.ts';
