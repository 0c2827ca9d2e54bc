// Asks for what is private in every way that a page has, without the client, which would check the run first.
const HEADERS = { 'curfew-idle-for': '0', 'content-type': 'application/json' };

/** An element of the page, until it has loaded or failed. Firefox says neither of a frame whose content it would save. */
async function load(tag, src) {
  const element = document.createElement(tag);
  await new Promise((resolve) => {
    element.onload = element.onerror = resolve;
    setTimeout(resolve, 3_000);
    element.src = src;
    document.body.append(element);
  });
  element.remove();
}

/** What opens a connection, until it is open or has failed. */
function connect(connection) {
  return new Promise((resolve) => {
    connection.onopen = connection.onerror = resolve;
  }).then(() => connection.close());
}

await Promise.all([
  fetch('/api/session'),
  fetch('/api/private/script', { headers: HEADERS }),
  fetch('/api/private/form', { method: 'POST', headers: HEADERS, body: '{}' }),
  load('img', '/api/private/image'),
  load('iframe', '/api/private/frame'),
  connect(new EventSource('/api/private/events')),
  connect(new WebSocket('/api/private/socket')),
]);
const said = { path: location.pathname, status: '', reason: null, text: 'asked' };
await fetch('/report', { method: 'POST', body: JSON.stringify(said) });
