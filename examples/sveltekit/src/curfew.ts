import { createCurfew, memoryStore } from 'curfew/server';

export const curfew = createCurfew({
  store: memoryStore(),
  siteUrl: process.env.ORIGIN ?? 'http://localhost:3000',
});
