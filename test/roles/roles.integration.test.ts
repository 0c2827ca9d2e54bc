import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { BY_AWS } from './by-aws.ts';
import type { Findings, RoleFindings } from './findings.ts';
import { PAGE, rolesPage } from './page.ts';
import { SECRET_ARN } from './requests.ts';
import { GRANTED } from './wishes.ts';

let findings: Findings;
let roles: ReadonlyMap<string, RoleFindings>;
beforeAll(async () => {
  const args = ['--disable-warning=ExperimentalWarning', 'test/roles/main.ts', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 10_000_000 });
  findings = JSON.parse(stdout.split('\n').at(-1)!);
  roles = new Map(findings.roles.map((role) => [role.name, role]));
}, 180_000);

const NAMES = Object.keys(GRANTED);

test('every function of the service, and a guarded handler, has been run', () => {
  expect([...roles.keys()].sort()).toEqual([...NAMES].sort());
  for (const { name, permissions, needs } of roles.values()) {
    expect([name, permissions.length, needs.length].every(Boolean)).toBe(true);
  }
});

describe.each(NAMES)('the role of %s', (name) => {
  test('allows each request that the function makes', () => {
    expect(roles.get(name)!.denied).toEqual([]);
  });

  test('allows nothing, and no attribute, that none of its requests needs', () => {
    const unneeded = roles.get(name)!.needs.filter(({ paths }) => paths.length === 0);
    expect(unneeded).toEqual([]);
  });

  test('denies what a function that is taken over would like, but for what its work is', () => {
    expect(roles.get(name)!.granted).toEqual(GRANTED[name]);
  });
});

test('what AWS does by a role is in one of them', () => {
  const actions = findings.roles.flatMap(({ permissions }) => permissions.map(({ action }) => action));
  for (const { action } of BY_AWS) expect(actions).toContainEqual(expect.stringMatching(action));
});

test("the sign-in of a public client without a limit of sessions reads no client's secret, and lists nobody", () => {
  const more = roles
    .get('auth')!
    .permissions.filter(
      ({ action, resource }) => /:(?:BatchGetItem|Query)$/.test(action) || resource === SECRET_ARN,
    );
  expect(more).toHaveLength(3);
  expect([...findings.publicSignIn, ...more]).toEqual(
    expect.arrayContaining([...roles.get('auth')!.permissions]),
  );
  for (const permission of more) expect(findings.publicSignIn).not.toContainEqual(permission);
});

test('the page about the roles is up to date: npm run roles writes it', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(rolesPage(findings));
});
