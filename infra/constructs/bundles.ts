import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where the prebuilt functions are: beside this module in the published package, in `dist/` in the repository. */
const CANDIDATES = ['functions', '../functions', '../../dist/functions'];

/**
 * Folder of a function's prebuilt bundle (`index.cjs`). Functions are never bundled at synthesis: a user of the
 * construct needs no bundler, and deploys the bytes that were tested.
 *
 * @throws Error that says how to build the bundle
 */
export function bundleFolder(name: string, root?: string): string {
  const here = import.meta.dirname;
  const roots = root === undefined ? CANDIDATES.map((candidate) => path.join(here, candidate)) : [root];
  for (const folder of roots) {
    if (existsSync(path.join(folder, name, 'index.cjs'))) return path.join(folder, name);
  }
  throw new Error(
    `bundles: there is no ${name}/index.cjs in ${roots.map((folder) => path.relative('.', folder)).join(' or ')}; run: npm run build`,
  );
}
