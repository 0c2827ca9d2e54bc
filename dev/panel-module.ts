import { readFile } from 'node:fs/promises';

/**
 * The module that defines the panel, as it was built. In the published package its text stands in the place of this module: see
 * `scripts/package.ts`.
 */
export async function panelModule(): Promise<string> {
  return readFile(new URL('../dist/web/dev/panel.js', import.meta.url), 'utf8');
}
