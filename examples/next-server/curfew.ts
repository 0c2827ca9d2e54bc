import { type Curfew, createCurfew, memoryStore } from 'curfew/server';

// Nothing else declares it.
const held = globalThis as typeof globalThis & { curfew?: Curfew };

/** One for the whole process: Next.js bundles this module once for each route. */
held.curfew ??= createCurfew({
  store: memoryStore(),
  siteUrl: process.env.SITE_URL ?? 'http://localhost:3000',
});

export const curfew: Curfew = held.curfew;
