const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A duration as people write it: a whole number and a unit, `500ms`, `90s`, `15m`, `12h` or `2d`.
 *
 * @returns ms, or undefined for anything else, a bare number included: its unit would be a guess
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) return undefined;
  // The expression lets no other unit through.
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

/** A duration in ms as {@link parseDuration} reads it, in the largest unit that divides it: 90 000 is `90s`, 900 000 is `15m`. */
export function formatDuration(ms: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((name) => ms >= UNITS[name] && ms % UNITS[name] === 0);
  return unit === undefined ? `${ms}ms` : `${ms / UNITS[unit]}${unit}`;
}
