import { existsSync } from 'node:fs';
import { chromiumDriver, connectChromium, launchChromium } from './chromium.ts';
import type { BrowserName, TestBrowser } from './driver.ts';
import { connectFirefox, FIREFOX, firefoxDriver, launchFirefox } from './firefox.ts';
import { sharedEndpoint } from './shared-endpoint.ts';
import { launchWebKitServer, requireWebKit, webkitDriver } from './webkit.ts';

const BROWSERS: readonly BrowserName[] = ['chromium', 'firefox', 'webkit'];

/**
 * The browsers to run in: Chromium, which npm brings where there is none, or the one that `CURFEW_BROWSER` names. In Firefox
 * and in WebKit they run in tiers of their own, since each takes another five minutes, which is all that `npm test` may.
 */
export function browsersHere(): BrowserName[] {
  const { CURFEW_BROWSER = 'chromium' } = process.env;
  const name = BROWSERS.find((browser) => browser === CURFEW_BROWSER);
  if (!name) throw new Error(`CURFEW_BROWSER is one of ${BROWSERS.join(', ')}, not '${CURFEW_BROWSER}'`);
  if (name === 'firefox' && !existsSync(FIREFOX))
    throw new Error(`there is no ${FIREFOX}, which these tests are to run in: apt-get install firefox-esr`);
  if (name === 'webkit') requireWebKit();
  return [name];
}

/** A browser of the test's own: for one that stops it, or looks at its processes. */
export async function launch(name: BrowserName): Promise<TestBrowser> {
  if (name === 'webkit') return webkitDriver(await launchWebKitServer());
  return name === 'chromium' ? chromiumDriver(await launchChromium()) : firefoxDriver(await launchFirefox());
}

/** The browser of this jest worker, which the files that it runs share one after the other. */
export async function sharedBrowser(name: BrowserName): Promise<TestBrowser> {
  const endpoint = await sharedEndpoint(name);
  // The driver goes on without a connection.
  if (name === 'webkit') return webkitDriver({ endpoint, close: async () => undefined });
  return name === 'chromium'
    ? chromiumDriver(await connectChromium(endpoint))
    : firefoxDriver(await connectFirefox(endpoint));
}
