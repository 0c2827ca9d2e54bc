import { createSessionClient } from '/web/client.js';
import '/web/element.js';

const options = JSON.parse(document.body.dataset.options ?? '{}');
const log = [];
const session = createSessionClient(options);
for (const type of ['warning', 'extended', 'ended', 'replaced', 'error']) {
  session.addEventListener(type, ({ detail }) =>
    log.push(type === 'replaced' ? `${type} ${detail.sameUser}` : type),
  );
}
Object.assign(window, { log, session });
document.querySelector('session-timeout-dialog').session = session;
session.start();
