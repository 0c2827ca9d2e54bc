#!/usr/bin/env node
/** The command `curfew`: `dev` is for a developer's machine, and everything else for an administrator. */
if (process.argv[2] === 'dev') await import('./run.ts');
else await import('../functions/admin/cli/main.ts');
