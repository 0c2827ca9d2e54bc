import { describe } from '@jest/globals';
import { killedTest } from './killed.ts';
import { noRealBrowsers } from './real-browsers.ts';

(noRealBrowsers ? describe.skip : describe)('a test run that is killed', () => killedTest('firefox'));
