import { existsSync } from 'node:fs';
import { chromiumDriver, connectChromium, launchChromium } from './chromium.ts';
import type { BrowserName, TestBrowser } from './driver.ts';
import { connectFirefox, FIREFOX, firefoxDriver, launchFirefox } from './firefox.ts';

/** The browsers to run in: on a developer's machine those that are there, in CI both, or the run fails. */
export function browsersHere(): BrowserName[] {
  if (existsSync(FIREFOX) || process.env.CI) return ['chromium', 'firefox'];
  console.warn(`NOTICE: no ${FIREFOX}: these tests run in Chromium only (apt-get install firefox-esr)`);
  return ['chromium'];
}

/** A browser of the test's own: for one that stops it, or looks at its processes. */
export async function launch(name: BrowserName): Promise<TestBrowser> {
  return name === 'chromium' ? chromiumDriver(await launchChromium()) : firefoxDriver(await launchFirefox());
}

/** The browser of this jest worker, which the files that it runs share one after the other. */
export async function sharedBrowser(name: BrowserName): Promise<TestBrowser> {
  const endpoint = await sharedEndpoint(name);
  return name === 'chromium'
    ? chromiumDriver(await connectChromium(endpoint))
    : firefoxDriver(await connectFirefox(endpoint));
}

/** Where this jest worker connects to its browser. */
export async function sharedEndpoint(name: BrowserName): Promise<string> {
  const { CURFEW_BROWSER_HOST, JEST_WORKER_ID } = process.env;
  const response = await fetch(`${CURFEW_BROWSER_HOST}/${name}/${JEST_WORKER_ID}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`no ${name}: ${text}`);
  return text;
}
