import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { BINDING_SCRIPT_FILE, bindingScriptModule } from '../../scripts/binding-script.ts';

test('the script that is checked in is the one that the sources make', async () => {
  expect(await readFile(BINDING_SCRIPT_FILE, 'utf8')).toBe(await bindingScriptModule());
});
