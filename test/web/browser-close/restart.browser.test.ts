import { describe } from '@jest/globals';
import { noRealBrowsers } from '../../support/real-browsers.ts';
import { restartTests, WAYS } from './restart.ts';

// The other ways of closing, each three times over: npm run test:processes.
(noRealBrowsers ? describe.skip : describe)('a browser is closed and started again', () => {
  restartTests(WAYS.filter(({ name }) => name === 'the last window closed'));
});
