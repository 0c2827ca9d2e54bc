/** A time of day, as this device shows it: `14:32:05`. @param at epoch ms */
export function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

/** How long something takes: `0:09`, `12:40`, `1:02:05`. Parts of a second count as one, so that 0:00 is the end. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3_600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':').replace(/^0/, '');
}

/** `calm`: nothing is asked of the user. `warn`: the last part before an end. `over`: ended, or about to be found so. */
export type Mood = 'calm' | 'warn' | 'over';
