import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const PICTURE = /!\[([^\]]*)\]\(images\/([^)]+)\)/g;
const shown = [...readFileSync('docs/gallery.md', 'utf8').matchAll(PICTURE)];

test('every picture is in the gallery, once', () => {
  expect(shown.map(([, , file]) => file).sort()).toEqual(readdirSync('docs/images').sort());
});

test('each has a text in its place, which no other has', () => {
  const texts = shown.map(([, text = '']) => text);
  expect(texts.filter((text) => text.split(' ').length < 4)).toEqual([]);
  expect(new Set(texts).size).toBe(texts.length);
});
