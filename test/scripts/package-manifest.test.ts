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
  exports: Record<string, unknown>;
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
    import: { types: './types/web/client/index.d.ts', default: './client.js' },
    require: { types: './cjs/types/web/client/index.d.ts', default: './cjs/client.js' },
  });
  expect(published.exports['./element/locales/*']).toMatchObject({
    import: { types: './types/web/element/locales/*.d.ts', default: './element/locales/*.js' },
  });
  expect(publishedLocales()).toContainEqual({
    name: 'element/locales/zh-Hant',
    module: 'web/element/locales/zh-Hant.ts',
  });
  expect(published.exports['./dialog.css']).toEqual({
    types: { import: './dialog.css.d.ts', require: './cjs/dialog.css.d.ts' },
    default: './dialog.css',
  });
});

test('says where the project is hosted, once the repository’s own manifest does', () => {
  expect(published).not.toHaveProperty('repository');
  expect(packageManifest({ ...own, repository: 'https://git.example.com/curfew' })).toMatchObject({
    repository: { type: 'git', url: 'git+https://git.example.com/curfew.git' },
    homepage: 'https://git.example.com/curfew#readme',
    bugs: 'https://git.example.com/curfew/issues',
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
