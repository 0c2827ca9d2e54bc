const UNITS = [
  [3_600_000, 'hour'],
  [60_000, 'minute'],
] as const;

/** A duration in words of the page's language, ms. */
export function inWords(ms: number): string {
  const [size, unit] = UNITS.find(([length]) => ms % length === 0) ?? [1_000, 'second'];
  const options = { style: 'unit', unit, unitDisplay: 'long' } as const;
  return new Intl.NumberFormat(pageLanguage(), options).format(Math.round(ms / size));
}

/** Undefined, and so the browser's own: the page's is none that Intl takes, which would throw. */
function pageLanguage(): string | undefined {
  try {
    // Some servers write en_US.
    return Intl.getCanonicalLocales(document.documentElement.lang.replaceAll('_', '-'))[0];
  } catch {
    return undefined;
  }
}
