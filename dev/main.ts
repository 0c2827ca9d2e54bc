#!/usr/bin/env node
/** The command `curfew`: `init` and `dev` are for a developer's machine, and everything else for an administrator. */
const [, , command] = process.argv;
if (command === 'init') await import('./init/main.ts');
else if (command === 'dev') await import('./run.ts');
else await import('../functions/admin/cli/main.ts');
