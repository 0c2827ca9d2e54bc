import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What is measured beside ours has a package of its own, so that `npm ci` of the project brings none of it. */
export const PEERS = 'scripts/bench/peers';

/** Installs it where it is not yet. */
export function installPeers(): void {
  if (existsSync(`${PEERS}/node_modules`)) return;
  execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: PEERS, stdio: 'ignore' });
}

/** One of its modules, CommonJS. */
export const requirePeer = createRequire(new URL('./peers/package.json', import.meta.url));
