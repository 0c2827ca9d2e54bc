import type { BrowserCloseOptions } from 'curfew/browser-close';
import { get } from './api.ts';

/** The session policy as the site may know it before anybody has signed in. */
export interface SitePolicy {
  readonly idleTimeoutMs?: number;
  readonly absoluteTimeoutMs?: number;
  readonly warnBeforeMs?: number;
  readonly browserClose?: Awaited<BrowserCloseOptions['mode']>;
}

const STORAGE_KEY = 'curfew-demo-policy';

/** From `/config.json`, which the deployment writes; without an answer, the policy last seen in this browser. */
export async function loadPolicy(): Promise<SitePolicy> {
  const known = await get<SitePolicy>(fetch, '/config.json').catch(() => undefined);
  return known ?? JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}');
}

export function rememberPolicy({ idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs }: SitePolicy): void {
  localStorage.setItem(STORAGE_KEY, JSON.stringify({ idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs }));
}

/** "15 minutes", "40 seconds", "12 hours". */
export function duration(ms: number): string {
  const [size, unit] =
    ms % 3_600_000 === 0
      ? ([3_600_000, 'hour'] as const)
      : ms % 60_000 === 0
        ? ([60_000, 'minute'] as const)
        : ([1_000, 'second'] as const);
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.round(ms / size),
  );
}
