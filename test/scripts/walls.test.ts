import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { circles, importsOf } from '../../scripts/import-graph.ts';
import { violations, WALLS, wallOf } from '../../scripts/walls.ts';

describe('the core', () => {
  test.each([
    ["import { readFileSync } from 'node:fs';", 'node:fs'],
    ["import { DynamoDBClient } from '@aws-sdk/client-dynamodb';", '@aws-sdk/client-dynamodb'],
    ["import { z } from 'zod';", 'zod'],
    ["import { handler } from '../functions/session-api/index.ts';", 'functions/'],
    ["export * from '../web/client/client.ts';", 'web/'],
    ["const later = await import('../local/main.ts');", 'local/'],
    ['const now = Date.now();', 'clock'],
    ['const now = new Date();', 'clock'],
    ['const id = Math.random();', 'randomness'],
    ['const now = clock ?? Date.now;', 'clock'],
    ['const id = crypto.randomUUID();', 'randomness'],
    ['const name = process.env.NAME;', 'environment'],
  ])('may not: %s', (source, named) => {
    const found = violations('core/example.ts', source);
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
    expect(violations('core/example.ts', source)).toEqual([]);
  });
});

/** For each room, an import that its wall stops and one that it lets through. */
const CROSSINGS: readonly [room: string, stopped: string, allowed: string][] = [
  ['core', '../functions/store/store.ts', './policy.ts'],
  ['functions/environment.ts', './http/problem.ts', '../core/policy.ts'],
  ['functions/attempts.ts', './store/store.ts', '../core/errors.ts'],
  ['functions/pool.ts', './store/store.ts', '../core/errors.ts'],
  ['functions/store', '../sessions/check.ts', '../../core/lifecycle.ts'],
  ['functions/sessions', '../http/cookies.ts', '../store/store.ts'],
  ['functions/http', '../auth/provider.ts', '../sessions/credential.ts'],
  ['functions/service-secret', '../http/problem.ts', '../../core/errors.ts'],
  ['functions/auth', '../session-api/session.ts', '../http/problem.ts'],
  ['functions/guard', '../service-secret/keyring.ts', '../sessions/check.ts'],
  ['functions/authorizer', '../session-api/session.ts', '../guard/admit.ts'],
  ['functions/session-api', '../guard/admit.ts', '../auth/provider.ts'],
  ['functions/admin', '../session-api/session.ts', '../sessions/revoke.ts'],
  ['functions/sweep', '../publish/bus.ts', '../sessions/end.ts'],
  ['functions/publish', '../sweep/sweep.ts', '../store/dynamodb/item.ts'],
  ['functions/server', '../publish/bus.ts', '../session-api/session.ts'],
  ['functions/testing', '../http/cookies.ts', '../store/memory.ts'],
  ['web', '../functions/http/page.ts', '../core/protocol.ts'],
  ['web/react', '../../functions/http/page.ts', '../client/types.ts'],
  ['web/vue', '../../local/main.ts', '../element/dialog.ts'],
  ['dev/panel', '../../functions/server/curfew.ts', '../protocol.ts'],
  ['infra', '../functions/environment.ts', '../core/routes.ts'],
  ['local', '../infra/index.ts', '../core/duration.ts'],
  ['dev', '../infra/index.ts', '../functions/server/curfew.ts'],
  ['dev/init', '../run.ts', './plan.ts'],
  ['dev/machine', '../protocol.ts', '../../core/html.ts'],
  ['scripts', '../test/support/http.ts', '../web/client/index.ts'],
  ['scripts/bench', '../../infra/index.ts', '../../test/support/http.ts'],
];

describe('the walls between rooms', () => {
  test.each(CROSSINGS)('of %s stop %s and let %s through', (room, stopped, allowed) => {
    const file = room.endsWith('.ts') ? room : `${room}/example.ts`;
    expect(wallOf(file)?.room).toBe(room);
    expect(violations(file, `import type { A } from '${stopped}';`)).toHaveLength(1);
    expect(violations(file, `import type { A } from '${allowed}';`)).toEqual([]);
  });

  test('are all tried above, but for the one around test/, which may import anything', () => {
    const walls = WALLS.map(({ room }) => room).filter((room) => room !== 'test');
    expect(CROSSINGS.map(([room]) => room).sort()).toEqual(walls.sort());
  });

  test.each(['local', 'dev', 'examples/demo', 'scripts', 'test'])(
    'let nobody but tests import %s',
    (folder) => {
      for (const { room } of WALLS.filter((wall) => wall.room !== 'test' && !folder.startsWith(wall.room))) {
        const file = room.endsWith('.ts') ? room : `${room}/example.ts`;
        const up = '../'.repeat(file.split('/').length - 1);
        // What measures is a tool, too.
        const exempt = room === 'scripts/bench' && folder === 'scripts';
        expect(violations(file, `import '${up}${folder}/a.ts';`)).toHaveLength(exempt ? 0 : 1);
      }
      expect(violations('test/core/a.test.ts', `import '../../${folder}/a.ts';`)).toEqual([]);
    },
  );

  test('let pages use no package, and a binding its framework alone', () => {
    expect(violations('web/react/a.ts', "import { useRef } from 'react';")).toEqual([]);
    expect(violations('web/vue/a.ts', "import { ref } from 'vue';")).toEqual([]);
    expect(violations('web/vue/a.ts', "import { useRef } from 'react';")).toHaveLength(1);
    expect(violations('web/element/a.ts', "import { ref } from 'vue';")).toHaveLength(1);
    expect(violations('web/client/a.ts', "import { z } from 'zod/mini';")).toHaveLength(1);
  });

  test.each(WALLS.map(({ room }) => room))('%s is a room that exists', (room) => {
    expect(existsSync(room)).toBe(true);
  });

  test('stand around every file: a new folder needs one', () => {
    expect(violations('elsewhere/a.ts', '')).toHaveLength(1);
  });
});

describe('an example', () => {
  const example = 'examples/demo/site/a.ts';

  test.each([
    "import { createSessionClient } from 'curfew/client';",
    "import express from 'express';",
    "import { find } from './dom.ts';",
    "import { ROUTES } from '../api/routes.ts';",
  ])('may: %s', (source) => {
    expect(violations(example, source)).toEqual([]);
  });

  test.each([
    "import { createSessionClient } from '../../../web/client/index.ts';",
    "import type { Policy } from '../../../core/policy.ts';",
    "import { createApp } from '../../express/app.ts';",
  ])('may not: %s', (source) => {
    expect(violations(example, source)).toHaveLength(1);
  });

  test('imports the package as a user does; nothing that the package is made of does', () => {
    const source = "import { createSessionClient } from 'curfew/client';";
    for (const file of [
      'web/react/a.ts',
      'functions/guard/a.ts',
      'infra/a.ts',
      'local/a.ts',
      'scripts/a.ts',
    ]) {
      expect(violations(file, source)).toHaveLength(1);
    }
  });
});

test('a function makes no randomness of Node’s either', () => {
  const source = "import { createHash, randomBytes } from 'node:crypto';";
  expect(violations('functions/sessions/start.ts', source)).toHaveLength(1);
  expect(violations('functions/auth/index.ts', source)).toEqual([]);
  expect(violations('functions/http/page.ts', "import { createHash } from 'node:crypto';")).toEqual([]);
});

test('a composition root of a function reads the clock, the module beside it does not', () => {
  const source = 'export const clock = () => Date.now();';
  expect(violations('functions/session-api/index.ts', source)).toEqual([]);
  expect(violations('functions/session-api/touch.ts', source)).toHaveLength(1);
});

test('imports are found in every form, and in no comment', () => {
  const source = `
    import a from './a.ts';
    import type { B } from './b.ts';
    import './c.ts';
    export * from './d.ts';
    const e = await import('./e.ts');
    // import './f.ts';
    /* import './g.ts'; */`;
  expect(importsOf(source)).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts']);
});

describe('circles of imports', () => {
  const sources = (files: Record<string, string>) => circles(new Map(Object.entries(files)));

  test('are found, type-only ones included, each once', () => {
    expect(
      sources({
        'a/one.ts': "import { two } from './two.ts';",
        'a/two.ts': "import { three } from '../b/three.ts';",
        'b/three.ts': "import type { One } from '../a/one.ts';",
        'b/four.ts': "import { one } from '../a/one.ts';",
      }),
    ).toEqual([['a/one.ts', 'a/two.ts', 'b/three.ts', 'a/one.ts']]);
  });

  test('a file that imports itself is one', () => {
    expect(sources({ 'a.ts': "import './a.ts';" })).toEqual([['a.ts', 'a.ts']]);
  });

  test('two ways to one file are none', () => {
    expect(
      sources({
        'a.ts': "import './b.ts';\nimport './c.ts';",
        'b.ts': "import './d.ts';",
        'c.ts': "import './d.ts';",
        'd.ts': "import 'node:fs';",
      }),
    ).toEqual([]);
  });
});
