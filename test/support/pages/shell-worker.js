// As a service worker that knows no other page than the application's: it answers whatever is asked.
const shell = () =>
  new Response('<!doctype html><title>Shell</title>', { headers: { 'content-type': 'text/html' } });
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => event.respondWith(shell()));
