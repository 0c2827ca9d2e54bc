import { mkdir } from 'node:fs/promises';
import { chromiumDriver, launchChromium } from '../support/chromium.ts';
import type { TestPage } from '../support/driver.ts';
import { until } from '../support/until.ts';
import { createReactApp, press, programs, signIn, startPythonApp, startVite } from './dev-apps.ts';
import { createProject } from './project.ts';

/**
 * Makes the pictures of strangers' applications with the development server in `docs/gallery.md`, from the tarball: of Vite and React,
 * and in Python behind the command. With a folder, there.
 */
const [OUT = 'docs/images'] = process.argv.slice(2);
/** Longer than any transition of the panel, and than the tick that brings it up to date, ms. */
const STILL = 1_500;
const MINUTE = 60_000;

await mkdir(OUT, { recursive: true });
const project = await createProject();
const running = programs();
const browser = chromiumDriver(await launchChromium());

/** Opens an application of which another user had a session. */
async function open(origin: string, colorScheme: 'light' | 'dark'): Promise<TestPage> {
  const [other, context] = [await browser.context(), await browser.context()];
  const [elsewhere, page] = [await other.page(), await context.page()];
  await elsewhere.goto(`${origin}/__curfew`);
  await press(elsewhere, { action: 'sign-in', name: 'bob' });
  await press(elsewhere, { action: 'clock', advanceMs: 16 * MINUTE });
  await other.close();
  await page.size(1200, 760);
  await page.chromium!.emulateMedia({ colorScheme });
  await page.goto(origin);
  return page;
}

async function picture(page: TestPage, name: string): Promise<void> {
  await page.chromium!.waitForTimeout(STILL);
  await page.chromium!.screenshot({ path: `${OUT}/${name}.png` });
}

/** Signs in, opens the panel, and works. */
async function work(page: TestPage): Promise<void> {
  await signIn(page);
  await until('the session', () =>
    page.evaluate(() => document.querySelector('.status')?.textContent === 'You are signed in.'),
  );
  await page.click('curfew-panel >>> .open');
  await page.click('textarea');
  await page.type('No onions, please.');
}

try {
  const { folder } = await createReactApp(project);
  const react = await open(await startVite(running, folder), 'light');
  await react.chromium!.locator('a.action').click();
  await picture(react, 'dev-sign-in-light');
  await react.chromium!.goBack();
  await work(react);
  await picture(react, 'dev-react-light');

  const { origin } = await startPythonApp(project, running);
  const python = await open(origin, 'dark');
  await work(python);
  await python.evaluate(() => fetch('/who'));
  await python.click('curfew-panel >>> [name=Server][value=down]');
  await python.evaluate(() => fetch('/api/session'));
  await until('the outage', () =>
    python.evaluate(
      () =>
        document.querySelector('session-timeout-dialog')?.session?.getSnapshot().connection === 'unavailable',
    ),
  );
  await python.chromium!.locator('curfew-panel .drawer').evaluate((drawer) => drawer.scrollBy(0, 240));
  await picture(python, 'dev-python-dark');
} finally {
  await browser.close();
  await running.stop();
  await project.remove();
}
