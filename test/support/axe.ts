import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { TestPage } from './driver.ts';
import type { FakeClock } from './fake-clock/fake-clock.ts';

const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface AxePage {
  axe: { run(context: Document, options: object): Promise<{ violations: Violation[] }> };
  violations: string[] | undefined;
  /** Undefined: the page's time is real. */
  __clock?: FakeClock;
}
interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** What axe finds on the page as it is, by the rules of WCAG 2.2 A and AA and its own best practices: a line each. */
export async function axeViolations(page: TestPage): Promise<string[]> {
  await page.script(await readFile(file, 'utf8'));
  await page.evaluate(() => {
    const scope = globalThis as unknown as AxePage;
    scope.violations = undefined;
    // What is still fading in has colours on the way that nobody gets to read.
    // Firefox leaves those of shadow roots out of the document's.
    const roots = [document, ...[...document.querySelectorAll('*')].flatMap((each) => each.shadowRoot ?? [])];
    for (const animation of roots.flatMap((root) => root.getAnimations())) {
      if (animation.effect?.getComputedTiming().endTime === Number.POSITIVE_INFINITY) animation.cancel();
      else animation.finish();
    }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    void scope.axe.run(document, { runOnly: tags }).then(({ violations }) => {
      scope.violations = violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
      );
    });
  });
  for (;;) {
    const found = await page.evaluate(() => {
      const scope = globalThis as unknown as AxePage;
      // Its own timers stand still with the page's.
      scope.__clock?.run(1);
      return scope.violations;
    });
    if (found) return found;
  }
}
