'use strict';
// Required before anything else, by whatever Node started it: an old one would stop at the first type annotation
// with a syntax error that does not say what to do.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Curfew runs its TypeScript directly, which needs Node 22.18 or newer; this is Node ${process.versions.node}.\n` +
      'npm ci installs a Node 24 into node_modules/.bin for Linux, macOS (Apple silicon) and Windows, unless optional\n' +
      'dependencies are left out. Run: npm ci --include=optional    or install Node 24: https://nodejs.org/',
  );
  process.exit(1);
}
