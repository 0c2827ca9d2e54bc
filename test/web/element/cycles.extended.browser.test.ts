import { expect, test } from '@jest/globals';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
/** 1,000 in `.ci/run`. */
const CYCLES = Number(process.env.CURFEW_CYCLES ?? 50);
/** Before the first measurement: what is made once is made by then. */
const WARM_UP = 20;

interface Measured {
  readonly nodes: number;
  readonly listeners: number;
  readonly timers: number;
  readonly heap: number;
}

onStage('warned and extended again and again', (stage) => {
  /** What the page holds, once everything that it does not need is collected. */
  async function measure(tab: TestPage): Promise<Measured> {
    const timers = await tab.evaluate(() => {
      // The harness notes each event.
      (globalThis as unknown as Harness).log.length = 0;
      return (globalThis as unknown as Harness).__clock.pending();
    });
    const page = tab.chromium!;
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable');
    for (let time = 0; time < 3; time += 1) await devtools.send('HeapProfiler.collectGarbage');
    const { metrics } = await devtools.send('Performance.getMetrics');
    await devtools.detach();
    const value = (name: string) => metrics.find((metric) => metric.name === name)!.value;
    return {
      nodes: value('Nodes'),
      listeners: value('JSEventListeners'),
      timers,
      heap: value('JSHeapUsedSize'),
    };
  }

  async function cycle(tab: TestPage): Promise<void> {
    await stage.pass(13 * MINUTE + 500);
    expect(await stage.state(tab)).toBe('warning');
    await stage.answer(tab, 'Enter');
    await until('the extension', async () => (await stage.state(tab)) === '');
  }

  // Firefox says nothing of what a page holds.
  (stage.name === 'chromium' ? test : test.skip)(
    `${CYCLES} times: no node, listener or timer is left behind, and no memory`,
    async () => {
      stage.site.policy = { absoluteTimeoutMs: (CYCLES + WARM_UP + 2) * 14 * MINUTE };
      const tab = await stage.signIn();
      for (let time = 0; time < WARM_UP; time += 1) await cycle(tab);
      const before = await measure(tab);
      for (let time = 0; time < CYCLES; time += 1) await cycle(tab);
      const after = await measure(tab);
      const more = (what: keyof Measured) => after[what] - before[what];
      // The engine may count a few that are on their way out.
      const left = { nodes: more('nodes'), listeners: more('listeners'), timers: more('timers') };
      expect(Object.entries(left).filter(([, count]) => count > 3)).toEqual([]);
      // 200 B a cycle, as the smallest listener takes, beside what the engine keeps of code that runs often: about 250 kB by
      // the 250th cycle, and 84 B for each one after that.
      expect(more('heap')).toBeLessThan(300_000 + 200 * CYCLES);
      expect(tab.errors).toEqual([]);
    },
    60_000 + 1_000 * CYCLES,
  );
});
