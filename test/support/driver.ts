import type { Page as ChromiumPage } from 'playwright-core';
import type { KeyInput } from 'puppeteer-core';
import type { WebDriver } from 'selenium-webdriver';

/** One way to drive all three engines, Chromium, Firefox and WebKit: only what the tests need, and the same for all. */
export interface TestBrowser {
  readonly name: BrowserName;
  /**
   * A profile of its own.
   *
   * @param now where the clock of each page stands still when it opens; WebKit's driver has no way to that, so that the site
   *   brings the script ({@link SiteOptions.firstScript}). @default real time
   */
  context(now?: () => number): Promise<TestContext>;
  /** Every process of a browser that was launched here. */
  pids(): Promise<number[]>;
  /** Ends a browser that was launched here; lets go of one that is shared. */
  close(): Promise<void>;
}

export interface TestContext {
  /** A tab. Tabs of one context share cookies and storage. */
  page(): Promise<TestPage>;
  /** Where each tab and window is. */
  places(): Promise<string[]>;
  close(): Promise<void>;
}

export interface TestPage {
  goto(url: string): Promise<void>;
  evaluate<R, A extends unknown[]>(run: (...args: A) => R, ...args: A): Promise<Awaited<R>>;
  /** Runs a script's text, whatever the page's content security policy. */
  script(source: string): Promise<void>;
  press(key: KeyInput): Promise<void>;
  /** Presses a key and does not let go. Once more: the key repeats itself. */
  hold(key: KeyInput): Promise<void>;
  type(text: string): Promise<void>;
  /** @param selector `host >>> inside` looks into a shadow root */
  click(selector: string): Promise<void>;
  move(x: number, y: number): Promise<void>;
  wheel(deltaY: number): Promise<void>;
  size(width: number, height: number): Promise<void>;
  /** Answers the next question of the browser's own with no. @returns its kind, once it was asked */
  refuse(): Promise<string>;
  /** Makes this the tab that is looked at. */
  front(): Promise<void>;
  close(): Promise<void>;
  /** Errors that nobody caught in the page. */
  readonly errors: string[];
  readonly chromium?: ChromiumPage;
  readonly webkit?: WebDriver;
}

export type BrowserName = 'chromium' | 'firefox' | 'webkit';

/** A browser that others connect to. */
export interface SharedProcess {
  /** Its WebSocket, or the address of its driver. */
  readonly endpoint: string;
  readonly exited: Promise<unknown>;
  close(): Promise<void>;
}
