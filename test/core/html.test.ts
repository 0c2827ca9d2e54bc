import { expect, test } from '@jest/globals';
import { escapeHtml } from '../../core/html.ts';

test('what HTML would take for markup is text, in an element and in a quoted attribute', () => {
  const escaped = escapeHtml(`<a href="x" title='y'>&amp;</a>`);
  expect(escaped).not.toMatch(/[<>"']/);
  expect(escaped).toBe('&#60;a href=&#34;x&#34; title=&#39;y&#39;&#62;&#38;amp;&#60;/a&#62;');
});

test('other text is left as it is', () => {
  expect(escapeHtml('Grüße, 15 min')).toBe('Grüße, 15 min');
});
