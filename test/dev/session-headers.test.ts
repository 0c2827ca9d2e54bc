import { expect, test } from '@jest/globals';
import { addSessionHeaders, removeSessionHeaders } from '../../dev/session-headers.ts';
import { T0 } from '../support/sessions.ts';

const ADA = {
  state: 'active',
  sessionId: 's'.repeat(22),
  subject: 'ada',
  createdAt: T0,
  lastActivityAt: T0,
  expiresAt: T0,
} as const;

test('both lists of a request say the same, and nothing that came with it', () => {
  const request = {
    headers: {
      accept: '*/*',
      'x-curfew-subject': 'mallory',
      x_curfew_name: 'mallory',
      'x-curfew-other': 'x',
    },
    rawHeaders: [
      'Accept',
      '*/*',
      'X-Curfew-Subject',
      'mallory',
      'X_Curfew_Name',
      'mallory',
      'x-CURFEW-other',
      'x',
    ],
  };
  removeSessionHeaders(request);
  expect(request).toEqual({ headers: { accept: '*/*' }, rawHeaders: ['Accept', '*/*'] });
  addSessionHeaders(request, { ...ADA, user: { name: 'Ada', email: 'ada@example.com' } });
  const told = {
    'x-curfew-state': 'active',
    'x-curfew-session': ADA.sessionId,
    'x-curfew-subject': 'ada',
    'x-curfew-name': 'Ada',
    'x-curfew-email': 'ada@example.com',
  };
  expect(request.headers).toEqual({ accept: '*/*', ...told });
  expect(request.rawHeaders).toEqual(['Accept', '*/*', ...Object.entries(told).flat()]);
});

test.each([
  ['Zoë', 'Zo%C3%AB'],
  ['100%', '100%25'],
  ['two words, and: more', 'two words, and: more'],
  ['a\r\nx-curfew-state: active', 'a%0D%0Ax-curfew-state: active'],
  ['\ud800', '%EF%BF%BD'],
])('%j is told as %s', (name, expected) => {
  const request: Parameters<typeof addSessionHeaders>[0] = { headers: {}, rawHeaders: [] };
  addSessionHeaders(request, { ...ADA, user: { name } });
  expect(request.headers['x-curfew-name']).toBe(expected);
});
