/**
 * `<curfew-panel>`, for a development server of Curfew alone. This defines the element, and puts one into a page that has none: so
 * all that is put into pages is `<script src="/__curfew/panel.js"></script>`, before any other script. Then it stands in front of
 * all listeners of the page, its session client's included.
 *
 * @module
 */

import { PANEL_TAG } from '../protocol.ts';
import { defineCurfewPanel } from './element.ts';

function addPanel(): void {
  // The observer calls again once there is a body.
  if (!document.querySelector(PANEL_TAG)) document.body?.append(document.createElement(PANEL_TAG));
}

function start(): void {
  addPanel();
  // Turbo and its like replace the body at each visit, and with it the panel.
  new MutationObserver(addPanel).observe(document.documentElement, { childList: true });
}

defineCurfewPanel();
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
else start();
