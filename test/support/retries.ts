import { expect, jest } from '@jest/globals';

/**
 * Tests that drive real browsers are begun once more when they fail, and the first failure is shown: on two busy
 * cores a driver loses a tab, or a page its turn, about once in a thousand tests (seen: `no such frame`, a page that
 * was asked before it had drawn). A defect fails twice. No other kind of test gets a second try.
 */
if (expect.getState().testPath?.endsWith('.browser.test.ts')) {
  jest.retryTimes(1, { logErrorsBeforeRetry: true });
}
