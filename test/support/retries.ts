import { expect, jest } from '@jest/globals';

/**
 * Before each suite. In a real browser on a busy machine a test can fail for what the browser does: a process of it does not start, or a page is never
 * loaded. `.ci/run`, which opens some thousand of them, lets a test in a browser try once more (`CURFEW_RETRIES=1`). The first failure is printed, and
 * the run ends with the names of the tests that needed it. Any other test, and `npm test` by itself, has one try.
 */
const { CURFEW_RETRIES = '0' } = process.env;
const isInBrowser = /\.(browser|package|processes|webkit)\.test\.ts$/.test(expect.getState().testPath ?? '');
if (isInBrowser) {
  jest.retryTimes(Number(CURFEW_RETRIES), { logErrorsBeforeRetry: true, retryImmediately: true });
}
