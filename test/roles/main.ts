import { writeFile } from 'node:fs/promises';
import { findOut } from './findings.ts';
import { PAGE, rolesPage } from './page.ts';

/**
 * `npm run roles`: writes the page about the roles. With `--json` it prints what it found out, for the test: jest
 * loads the CDK many times more slowly than Node does.
 */
const findings = await findOut();
if (process.argv.includes('--json')) {
  process.stdout.write(`\n${JSON.stringify(findings)}`);
} else {
  await writeFile(PAGE, rolesPage(findings));
  console.log(`wrote ${PAGE}`);
}
