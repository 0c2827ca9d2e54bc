import { launch } from './browsers.ts';
import type { BrowserName } from './driver.ts';

/** A program with a browser, until it is killed: `node hold-browser.ts firefox`. */
const [, , name] = process.argv;
// The tests name one.
const browser = await launch(name as BrowserName);
const page = await (await browser.context()).page();
await page.goto('data:text/html,<title>held</title>');
console.log('held');
setInterval(() => undefined, 60_000);
