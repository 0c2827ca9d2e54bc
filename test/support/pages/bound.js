import { bindToBrowser } from '/web/browser-close.js';
import { createSessionClient } from '/web/client.js';
import '/web/element.js';

const closing = bindToBrowser({ mode: 'run' });
const session = createSessionClient({ fetch: closing.fetch });
closing.watch(session);
Object.assign(window, { session });
document.querySelector('session-timeout-dialog').session = session;
session.start();
