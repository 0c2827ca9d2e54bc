import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  PEERS,
  packageManifest,
  publishedEntries,
  publishedLocales,
  readOwnManifest,
} from '../../scripts/package-manifest.ts';

const own = readOwnManifest();
const published = packageManifest(own) as {
  exports: Record<string, string | { types: string; default: string }>;
  peerDependencies: Record<string, string>;
};

test('what is published is what this repository resolves for itself, an entry a module', () => {
  expect(Object.keys(published.exports)).toEqual(Object.keys(own.exports));
  const modules = [...publishedEntries('browser'), ...publishedLocales(), ...publishedEntries('server')].map(
    ({ module }) => module,
  );
  expect(new Set(modules).size).toBe(modules.length);
  for (const module of modules) expect(existsSync(module)).toBe(true);
  expect(published.exports['./client']).toEqual({
    types: './types/web/client/index.d.ts',
    default: './client.js',
  });
  expect(published.exports['./element/locales/*']).toEqual({
    types: './types/web/element/locales/*.d.ts',
    default: './element/locales/*.js',
  });
  expect(publishedLocales()).toContainEqual({
    name: 'element/locales/zh-Hant',
    module: 'web/element/locales/zh-Hant.ts',
  });
  expect(published.exports['./dialog.css']).toEqual({
    types: './dialog.css.d.ts',
    default: './dialog.css',
  });
});

/** `2.269.0` and `>=2.269.0` as numbers. */
const numbers = (version: string) => version.replace(/^\D+/, '').split('.').map(Number);

test.each(Object.entries(PEERS))(
  '%s %s is a floor, and what is tested here stands above it',
  (peer, range) => {
    expect(range).toMatch(/^>=\d+(?:\.\d+){0,2}$/);
    const { version } = JSON.parse(readFileSync(`node_modules/${peer}/package.json`, 'utf8'));
    const [floor, installed] = [numbers(range), numbers(version)];
    const first = floor.findIndex((part, index) => part !== installed[index]);
    if (first >= 0) expect(installed[first]).toBeGreaterThan(floor[first]!);
  },
);
