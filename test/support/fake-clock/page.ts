import type { FakeClock } from './fake-clock.ts';
import { Tabs } from './tabs.ts';
import { Timers } from './timers.ts';
import { Traffic } from './traffic.ts';

/** Runs in the page, before any of its own scripts. */
export function install(startAt: number): void {
  const timers = new Timers(startAt);
  const traffic = new Traffic();
  const tabs = new Tabs(timers, traffic);
  timers.install();
  traffic.install();
  const clock: FakeClock = {
    run: (ms) => timers.run(ms),
    sleep: (ms) => timers.sleep(ms),
    set: (ms) => timers.set(ms),
    pending: () => timers.pending(),
    longest: () => timers.longest,
    async settle(hanging, count) {
      await tabs.obeyAll({ ms: null, hold: false, hanging }, count);
    },
    async pass(ms, leastMs, hanging, count) {
      const rest = { ms: null, hold: false, hanging };
      let settled = await tabs.obeyAll(rest, count);
      let passed = 0;
      do {
        const step = Math.min(ms - passed, Math.max(settled.dueIn, leastMs));
        passed += step;
        settled = await tabs.obeyAll({ ms: step, hold: true, hanging }, count);
      } while (settled.waiting === 0 && passed < ms);
      const isWaiting = settled.waiting > 0;
      if (!isWaiting) await tabs.obeyAll(rest, count);
      return { passed, isWaiting };
    },
  };
  Object.assign(globalThis, { __clock: clock });
}
