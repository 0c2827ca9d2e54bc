import { killedTest } from './killed.ts';

killedTest('webkit');
