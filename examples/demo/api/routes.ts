/** The routes of this API: the stack adds each of them to the HTTP API, and the handler answers each. */
export const ROUTES = [
  { method: 'GET', path: '/api/notes' },
  { method: 'POST', path: '/api/notes' },
  { method: 'GET', path: '/api/notes/page' },
] as const;
