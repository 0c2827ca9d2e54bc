import { expect, test } from '@jest/globals';
import { isLoopback } from '../../core/loopback.ts';

test.each(['localhost', '[::1]', '127.0.0.1', '127.1.2.3', '127.255.255.254'])('%s is one', (hostname) => {
  expect(isLoopback(hostname)).toBe(true);
});

test.each([
  '',
  'localhost.example.com',
  'app.localhost',
  '127.0.0.1.example.com',
  '127.0.0',
  '1127.0.0.1',
  '128.0.0.1',
  '0.0.0.0',
  '[::]',
  '::1',
  '10.0.0.1',
])('%j is none', (hostname) => {
  expect(isLoopback(hostname)).toBe(false);
});

test('is asked with the host as URL has it, which writes every form of an address in one way', () => {
  for (const origin of [
    'http://LOCALHOST:1',
    'http://2130706433',
    'http://0x7f.1',
    'http://[0:0:0:0:0:0:0:1]',
  ]) {
    expect([origin, isLoopback(new URL(origin).hostname)]).toEqual([origin, true]);
  }
});
