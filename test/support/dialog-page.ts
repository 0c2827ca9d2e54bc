import type { TestPage } from './driver.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

/** What tests of the dialog look at, in a page of the harness. */

/** A tab in which the warning shows, and can be answered. */
export async function warned(stage: Stage): Promise<TestPage> {
  const tab = await stage.signIn();
  await stage.pass(12.75 * 60_000);
  await stage.pass(20_000);
  await until('the warning', async () => (await stage.state(tab)) === 'warning');
  return tab;
}

/** The text of what has the focus. */
export const focused = (tab: TestPage) =>
  tab.evaluate(
    () => (document.activeElement?.shadowRoot?.activeElement ?? document.activeElement)?.textContent,
  );

/** What the live region says. */
export const live = (tab: TestPage) =>
  tab.evaluate(
    () =>
      document.querySelector('session-timeout-dialog')!.shadowRoot!.querySelector('[role=status]')!
        .textContent,
  );

/** Where “Sign in again” goes to, on this site. */
export const again = (tab: TestPage) =>
  tab.evaluate(() => {
    const { pathname, search, hash } = document
      .querySelector('session-timeout-dialog')!
      .shadowRoot!.querySelector<HTMLAnchorElement>('[part=again]')!;
    return pathname + search + hash;
  });

export const isModal = (tab: TestPage) =>
  tab.evaluate(
    () =>
      document.querySelector('session-timeout-dialog')!.shadowRoot!.querySelector('dialog:modal') !== null,
  );

/** A click of the application's own, in the page. */
export const inPage = (tab: TestPage, run: () => void) => tab.evaluate(run);
