import { describe } from '@jest/globals';
import { noRealBrowsers } from '../../support/real-browsers.ts';
import { restartTests, WAYS } from './restart.ts';

(noRealBrowsers ? describe.skip : describe)('a browser is closed in every way and started again', () => {
  restartTests(WAYS, Number(process.env.CURFEW_REPEATS ?? 1));
});
