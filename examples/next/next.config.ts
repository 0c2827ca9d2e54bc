import type { NextConfig } from 'next';
import { PHASE_DEVELOPMENT_SERVER } from 'next/constants';

/** Built, it is a static site. While developing, its API is asked where it runs: the session has to be on this origin. */
export default function config(phase: string): NextConfig {
  const root = { turbopack: { root: import.meta.dirname } };
  if (phase !== PHASE_DEVELOPMENT_SERVER) return { ...root, output: 'export' };
  const api = process.env.API_ORIGIN ?? 'http://localhost:8080';
  return { ...root, rewrites: async () => [{ source: '/api/:path*', destination: `${api}/api/:path*` }] };
}
