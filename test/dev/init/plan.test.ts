import { describe, expect, test } from '@jest/globals';
import { recognize } from '../../../dev/init/recognize.ts';
import { added, paths, plan, result } from './plans.ts';
import { applied, CDK_TS, REACT_TS, VANILLA_TS, withExpress } from './scaffolds.ts';

describe('CDK', () => {
  test('the service is at the end of the stack', () => {
    const made = plan(CDK_TS);
    expect(paths(made)).toEqual(['lib/cdkapp-stack.ts', 'package.json']);
    expect(added(made, 'lib/cdkapp-stack.ts')).toEqual([
      "import { SessionService } from 'curfew/construct';",
      '',
      '    // The table, the functions and the API of the sessions. StaticSite puts a page in front of them.',
      "    const sessions = new SessionService(this, 'Sessions');",
    ]);
    expect(result(made, 'lib/cdkapp-stack.ts')).toMatch(/'Sessions'\);\n {2}\}\n\}\n$/);
    expect(made.left.join()).toContain('sessions.protect(orders)');
  });

  test('beside Vite in another folder, with a manifest of its own', () => {
    const infra = Object.fromEntries(Object.entries(CDK_TS).map(([file, text]) => [`infra/${file}`, text]));
    const made = plan({ ...VANILLA_TS, ...infra });
    expect(paths(made)).toEqual([
      'infra/lib/cdkapp-stack.ts',
      'infra/package.json',
      'package.json',
      'src/main.ts',
      'src/session.ts',
      'vite.config.ts',
    ]);
  });

  test('where there are several stacks, or it has a Sessions, the user is told the lines', () => {
    const stack = CDK_TS['lib/cdkapp-stack.ts']!;
    const named = stack.replace('// The code', "new Queue(this, 'Sessions');\n    // The code");
    for (const odd of [
      { ...CDK_TS, 'lib/other.ts': stack },
      { ...CDK_TS, 'lib/cdkapp-stack.ts': named },
    ]) {
      const made = plan(odd);
      expect(paths(made)).toEqual(['package.json']);
      expect(made.left.join('\n')).toContain("new SessionService(this, 'Sessions');");
    }
  });

  test('a compiler that refuses what is not used yet gets no such line', () => {
    const strict = CDK_TS['tsconfig.json']!.replace('"noUnusedLocals": false', '"noUnusedLocals": true');
    expect(paths(plan({ ...CDK_TS, 'tsconfig.json': '{ "extends": "../tsconfig.base.json" }' }))).toEqual([
      'package.json',
    ]);
    const made = plan({ ...CDK_TS, 'tsconfig.json': strict });
    expect(paths(made)).toEqual(['package.json']);
    expect(made.left.join('\n')).toContain("const sessions = new SessionService(this, 'Sessions');");
  });

  test('in JavaScript nothing refuses what is not used yet', () => {
    const { 'tsconfig.json': _, 'lib/cdkapp-stack.ts': stack, ...rest } = CDK_TS;
    const untyped = stack!.replace(/scope.*\)/, 'scope, id, props)');
    const made = plan({ ...rest, 'lib/cdkapp-stack.mjs': untyped });
    expect(paths(made)).toEqual(['lib/cdkapp-stack.mjs', 'package.json']);
  });

  test('a stack that loads by require gets it so, and its user is told the rest so', () => {
    const { 'tsconfig.json': _, 'lib/cdkapp-stack.ts': stack, ...rest } = CDK_TS;
    const required = stack!
      .replace(/scope.*\)/, 'scope, id, props)')
      .replace("import * as cdk from 'aws-cdk-lib/core';", "const cdk = require('aws-cdk-lib/core');")
      .replace(/import.*constructs.*/, '')
      .replace('export class', 'class');
    const made = plan({ ...rest, 'lib/cdkapp-stack.js': `${required}\nmodule.exports = { CdkappStack };\n` });
    expect(added(made, 'lib/cdkapp-stack.js')[0]).toBe(
      "const { SessionService } = require('curfew/construct');",
    );
    expect(made.left.join('\n')).toContain("const { StaticSite } = require('curfew/construct');");
    expect(made.left.join('\n')).not.toContain('import { StaticSite }');
  });

  test('a constructor whose end shares its line stays as it is', () => {
    const stack = CDK_TS['lib/cdkapp-stack.ts']!.replace(
      / {4}\/\/ The code.*\n {2}\}\n\}/s,
      '    if (props) {\n      run();\n    } }\n}',
    );
    const made = plan({ ...CDK_TS, 'lib/cdkapp-stack.ts': stack });
    expect(made.left.join('\n')).toContain('its constructor does not end in a line of its own');
  });

  test('its user is told of the site in front of the service', () => {
    const told = plan(CDK_TS).left.join('\n');
    expect(told).toContain("new StaticSite(this, 'Site', { source: 'dist', sessions });");
    expect(told).toContain('sessions.addTo(distribution);');
  });
});

test('nothing is recognized in what is none of them', () => {
  const files = new Map(
    Object.entries({ 'package.json': '{"dependencies":{"vite":"1"}}', 'index.js': "require('http')" }),
  );
  expect(recognize(files)).toEqual({});
});

test('of two of a kind, the user says which', () => {
  const twice = ['a', 'b'].flatMap((folder) =>
    Object.entries(REACT_TS).map(([file, text]) => [`${folder}/${file}`, text] as const),
  );
  expect(() => recognize(new Map(twice))).toThrow('There are 2 pages of Vite (a, b)');
  const around = new Map([...twice, ...Object.entries(VANILLA_TS)]);
  expect(recognize(around)).toMatchObject({ page: { folder: '' } });
});

test('a manifest that is no JSON stops what needs it alone', () => {
  const broken = { ...withExpress(REACT_TS), 'package.json': '{' };
  const made = plan(broken);
  expect(paths(made)).toEqual(['src/main.tsx', 'src/session.ts', 'vite.config.ts']);
  expect(made.left.join('\n')).toContain('package.json is no JSON object: what it names');
});

test('a byte order mark stays where it is', () => {
  const marked = Object.fromEntries(
    Object.entries(withExpress(REACT_TS)).map(([file, text]) => [file, `\uFEFF${text}`]),
  );
  for (const { before, after } of plan(marked).changes) {
    expect(after.lastIndexOf('\uFEFF')).toBe(before === undefined ? -1 : 0);
  }
  expect(paths(plan(marked))).toEqual(paths(plan(withExpress(REACT_TS))));
});

test('what was done once is not done again', () => {
  for (const scaffold of [REACT_TS, withExpress(VANILLA_TS), CDK_TS]) {
    const done = applied(scaffold, plan(scaffold));
    expect(plan(done).changes).toEqual([]);
    expect(plan(done).left).toEqual([]);
  }
});
