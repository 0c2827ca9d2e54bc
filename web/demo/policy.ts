import type { BrowserClose } from '../../core/contract.ts';

/** What the site says of its session policy before anybody has signed in. */
export interface SitePolicy {
  readonly idleTimeoutMs?: number;
  readonly absoluteTimeoutMs?: number;
  readonly warnBeforeMs?: number;
  readonly browserClose?: BrowserClose;
}

const REMEMBERED = 'curfew-demo-policy';

/** From the site's config.json, which its deployment writes; without one, what was last heard in this browser. */
export async function loadPolicy(): Promise<SitePolicy> {
  const response = await fetch('/config.json').catch(() => undefined);
  const known = response?.ok ? await response.json().catch(() => undefined) : undefined;
  return known ?? JSON.parse(localStorage.getItem(REMEMBERED) ?? '{}');
}

export function rememberPolicy({ idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs }: SitePolicy): void {
  localStorage.setItem(REMEMBERED, JSON.stringify({ idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs }));
}

/** "15 minutes", "40 seconds", "12 hours". */
export function duration(ms: number): string {
  const [size, unit] =
    ms % 3_600_000 === 0 ? [3_600_000, 'hour'] : ms % 60_000 === 0 ? [60_000, 'minute'] : [1_000, 'second'];
  const format = new Intl.NumberFormat('en', { style: 'unit', unit: unit as string, unitDisplay: 'long' });
  return format.format(Math.round(ms / (size as number)));
}
