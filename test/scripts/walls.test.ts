import { describe, expect, test } from '@jest/globals';
import { violations, WALLS } from '../../scripts/walls.ts';

const wall = (folder: string) => WALLS.find((candidate) => candidate.folder === folder)!;

describe('the core', () => {
  test.each([
    ["import { readFileSync } from 'node:fs';", 'node:fs'],
    ["import { DynamoDBClient } from '@aws-sdk/client-dynamodb';", '@aws-sdk/client-dynamodb'],
    ["import { z } from 'zod';", 'zod'],
    ["import { handler } from '../functions/session/index.ts';", 'functions/'],
    ["export * from '../web/client/client.ts';", 'web/'],
    ["const later = await import('../local/main.ts');", 'local/'],
    ['const now = Date.now();', 'clock'],
    ['const now = new Date();', 'clock'],
    ['const id = Math.random();', 'randomness'],
    ['const name = process.env.NAME;', 'environment'],
  ])('may not: %s', (source, named) => {
    const found = violations(wall('core'), 'core/example.ts', source);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('core/example.ts');
    expect(found[0]).toContain(named);
  });

  test.each([
    "import * as z from 'zod/mini';",
    "import type { Policy } from './policy.ts';",
    '/** Unlike Date.now(), it is handed in. */',
    'const address = "http://example.com"; // not Math.random()',
    'const at = new Date(now).toISOString();',
  ])('may: %s', (source) => {
    expect(violations(wall('core'), 'core/example.ts', source)).toEqual([]);
  });
});

test('functions and web never meet', () => {
  expect(
    violations(wall('functions'), 'functions/http/a.ts', "import '../../web/client/b.ts';"),
  ).toHaveLength(1);
  expect(
    violations(wall('web'), 'web/client/a.ts', "import { b } from '../../functions/http/b.ts';"),
  ).toHaveLength(1);
});

test('a composition root of a function reads the clock, the module beside it does not', () => {
  const source = 'export const clock = () => Date.now();';
  expect(violations(wall('functions'), 'functions/session/index.ts', source)).toEqual([]);
  expect(violations(wall('functions'), 'functions/session/touch.ts', source)).toHaveLength(1);
});

test('the text of a generated module is no code of its folder', () => {
  const source = 'export const SCRIPT = "crypto.getRandomValues(bytes)";';
  expect(violations(wall('functions'), 'functions/guard/a.generated.ts', source)).toEqual([]);
  expect(violations(wall('functions'), 'functions/guard/a.ts', source)).toHaveLength(1);
});

test('every source folder has its wall', () => {
  expect(WALLS.map((candidate) => candidate.folder)).toEqual(
    expect.arrayContaining(['core', 'functions', 'web', 'infra', 'local', 'scripts']),
  );
});
