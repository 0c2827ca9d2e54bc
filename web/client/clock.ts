import type { Clock } from './types.ts';

/** More than this between the two clocks, in one step, is a clock that was set, or a device that slept. */
const JUMP_MS = 2_000;
/** Timers are cut into pieces: `setTimeout(2 ** 31)` fires at once, and a long one drifts in sleep. */
export const LONGEST_TIMER_MS = 3_600_000;

/**
 * The server's time, estimated from two clocks, neither of which can be trusted by itself: the device's may be set back
 * (a session would never expire), the monotonic one stands still in sleep (a session would outlive its deadline). The
 * estimate only moves forward. When the device's clock is set forward it runs ahead; the server is asked before
 * anything ends, and its answer corrects it.
 *
 * @param onJump called when the clocks disagree by more than 2 s since the last reading
 * @returns reads the time, epoch ms, once it has moved it by how much the server was found to be ahead, ms
 */
export function estimateServerTime(clock: Clock, onJump: () => void): (correctionMs?: number) => number {
  let wall = clock.now();
  let steady = clock.monotonic();
  let time = wall;
  return (correctionMs = 0) => {
    const wallPassed = clock.now() - wall;
    const steadyPassed = clock.monotonic() - steady;
    wall += wallPassed;
    steady += steadyPassed;
    time += Math.max(0, wallPassed, steadyPassed) + correctionMs;
    if (Math.abs(wallPassed - steadyPassed) > JUMP_MS) onJump();
    return time;
  };
}

/** One timer: setting it replaces what was set before; without a delay (ms, positive) it is only cleared. */
export function createTimer(clock: Clock, onTimer: () => void): (delayMs?: number) => void {
  let timer: unknown;
  return (delayMs) => {
    clock.clearTimeout(timer);
    timer = delayMs && clock.setTimeout(onTimer, Math.min(LONGEST_TIMER_MS, delayMs));
  };
}

export const deviceClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  // What this clock's own setTimeout returned: in a browser, a number.
  clearTimeout: (timer) => clearTimeout(timer as number),
};
