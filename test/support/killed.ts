import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { BrowserName } from './driver.ts';
import { descendantsOf } from './processes.ts';
import { until } from './until.ts';

/** No process of a browser outlives the tests, even where those are killed and can end nothing any more. */
export function killedTest(name: BrowserName): void {
  test(`${name} ends with the program that has started it, when that is killed`, async () => {
    const program = spawn(process.execPath, ['test/support/hold-browser.ts', name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [said] = await once(program.stdout, 'data');
      expect(String(said)).toBe('held\n');
      const processes = descendantsOf(program.pid!);
      expect(processes.length).toBeGreaterThan(2);
      program.kill('SIGKILL');
      await until('the end of them all', async () => !processes.some((pid) => existsSync(`/proc/${pid}`)));
    } finally {
      program.kill('SIGKILL');
    }
  });
}
