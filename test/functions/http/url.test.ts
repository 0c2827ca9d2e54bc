import { expect, test } from '@jest/globals';
import { parseUrl } from '../../../functions/http/url.ts';

test.each([
  ['https://app.example.com/orders', undefined, 'https://app.example.com/orders'],
  ['/orders', 'https://app.example.com/a/b', 'https://app.example.com/orders'],
  ['/orders', undefined, undefined],
  ['https://', undefined, undefined],
])('%p at %p is %p', (text, base, address) => {
  expect(parseUrl(text, base)?.href).toBe(address);
});
