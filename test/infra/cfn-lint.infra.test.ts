import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { buildApp } from '../../examples/demo/app.ts';
import { fixtureBuild } from '../support/bundles.ts';

/** cfn-lint is a Python program: where it is not installed, this is skipped, but never under CI. */
const missing = (() => {
  try {
    execFileSync('cfn-lint', ['--version'], { stdio: 'pipe' });
    return false;
  } catch (cause) {
    if (process.env.CI)
      throw new Error('cfn-lint is required under CI: python3 -m pip install cfn-lint', { cause });
    console.warn('SKIPPED: cfn-lint is not installed (python3 -m pip install cfn-lint)');
    return true;
  }
})();

(missing ? test.skip : test)('the template is clean for cfn-lint', async () => {
  const build = await fixtureBuild();
  const outdir = mkdtempSync(path.join(tmpdir(), 'curfew-lint-'));
  try {
    const app = new App({ outdir, context: { ...build.context } });
    buildApp(app);
    app.synth();
    // W3005: CDK names dependencies twice, which harms nothing.
    const args = ['--ignore-checks', 'W3005', '--', path.join(outdir, 'Curfew.template.json')];
    const findings = (() => {
      try {
        return execFileSync('cfn-lint', args, { encoding: 'utf8' });
      } catch (error) {
        return String((error as { stdout: string }).stdout);
      }
    })();
    expect(findings).toBe('');
  } finally {
    rmSync(outdir, { recursive: true, force: true });
    await build.remove();
  }
});
