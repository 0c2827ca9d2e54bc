import type { Clock } from './types.ts';

/** More than this between the two clocks, in one step, is a clock that was set, or a device that slept. */
const JUMP_MS = 2_000;

/**
 * Time that only moves forward, from two clocks neither of which can be trusted alone: the device's may be set
 * back (a session would never be over), the monotonic one stands still in sleep (a session would outlive it).
 * Set forward it runs ahead, and the server, asked before anything ends, sets it right.
 *
 * @param onJump called when the clocks disagree by more than 2 s since the last reading
 */
export function steadyTime(clock: Clock, onJump: () => void): () => number {
  let wall = clock.now();
  let steady = clock.monotonic();
  let time = wall;
  return () => {
    const wallPassed = clock.now() - wall;
    const steadyPassed = clock.monotonic() - steady;
    wall += wallPassed;
    steady += steadyPassed;
    time += Math.max(0, wallPassed, steadyPassed);
    if (Math.abs(wallPassed - steadyPassed) > JUMP_MS) onJump();
    return time;
  };
}

export const deviceClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as number),
};
