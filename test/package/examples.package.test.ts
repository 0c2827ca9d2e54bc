import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { build } from 'esbuild';
import { createProject, type Project, ROOT } from './project.ts';
import { writeSnippets } from './snippets.ts';

// A synthesis takes 5 s, beside others on two busy cores ten times as long.
jest.setTimeout(180_000);

/** Examples that are a folder and nothing else; the demo is built and configured as a project. */
const SMALL = [
  'express',
  'fastify',
  'hono',
  'lambda',
  'own-login',
  'passport',
  'vite',
  'cdk',
  'distribution',
  'websocket',
];
/** With packages of their own, or none, and driven in a browser: frameworks.package.test.ts. */
const FRAMEWORKS = ['react', 'vue', 'svelte', 'next', 'angular', 'html'];
/** Built and run as servers: servers.package.test.ts. */
const SERVERS = ['next-server', 'sveltekit'];

let project: Project;
beforeAll(async () => {
  project = await createProject();
}, 180_000);
afterAll(() => project?.remove());

/** Every file that an `exports` of a manifest leads to. */
const targetsOf = (target: string | object): string[] =>
  typeof target === 'string' ? [target] : Object.values(target).flatMap(targetsOf);

describe('the tarball', () => {
  test('has the entries, their types and the functions: no source, no test, no dependency', async () => {
    const { folder, installed } = project;
    const manifest = JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8'));
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('optionalDependencies');
    expect(manifest).not.toHaveProperty('scripts');
    expect(await readdir(path.join(folder, 'node_modules'))).toEqual([
      '.bin',
      '.package-lock.json',
      'curfew',
    ]);
    // The languages of the dialog are a pattern: any of them stands for all.
    for (const file of targetsOf(manifest.exports).map((target) => target.replace('*', 'de')))
      expect((await readFile(path.join(installed, file))).length).toBeGreaterThan(0);
    const files = await readdir(installed, { recursive: true });
    expect(
      files.filter(
        (file) => /(?<!\.d)\.tsx?$|test|node_modules/.test(file) && !/testing|^examples\//.test(file),
      ),
    ).toEqual([]);
    // What `curfew init` fills an empty folder with.
    expect(await readdir(path.join(installed, 'examples'))).toEqual(['react', 'svelte', 'vue']);
    for (const file of files.filter((name) => /\.(?:js|cjs|ts)$/.test(name))) {
      const text = await readFile(path.join(installed, file), 'utf8');
      expect(text).not.toContain(ROOT);
    }
  });

  test('loads, where an entry needs nothing beside it', async () => {
    const entries = ['client', 'activity', 'drafts', 'browser-close', 'testing', 'testing/client'];
    const source = entries.map((entry) => `await import('curfew/${entry}');`).join('');
    await project.node(['--input-type=module', '-e', source]);
    expect(await project.node(['node_modules/curfew/cli.js', '--help'])).toMatch(
      /^Usage:\n {2}curfew sessions list/,
    );
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    expect(await project.node(['node_modules/curfew/cli.js', '--version'])).toBe(`${version}\n`);
  });

  test('has the development server in its own entries and in the command, and in no other', async () => {
    const { exports } = JSON.parse(await readFile(path.join(project.installed, 'package.json'), 'utf8'));
    const entries = Object.keys(exports).filter((entry) => exports[entry].import);
    const { outputFiles } = await build({
      entryPoints: entries.map((entry) => path.join(project.installed, `${entry}.js`)),
      ...{ bundle: true, format: 'esm', platform: 'node', packages: 'external' },
      ...{ write: false, outdir: '/', outbase: project.installed },
    });
    const withIt = outputFiles.filter(({ text }) => text.includes('__curfew')).map((file) => file.path);
    expect(withIt.sort()).toEqual(['/dev.js', '/dev/vite.js']);
    expect(outputFiles.length).toBeGreaterThan(15);
  });

  test('is what publint and attw expect of a package, for every way to load it', async () => {
    const inRoot = { cwd: ROOT };
    const publint = path.join(ROOT, 'node_modules/publint/src/cli.js');
    expect(await project.node([publint, 'run', project.tarball, '--strict'], inRoot)).toContain('All good!');
    const attw = path.join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    const { problems } = JSON.parse(await project.node([attw, project.tarball, '--format', 'json'], inRoot));
    expect(problems).toEqual({});
  });

  test('names every package that is in its bundles, with its license', async () => {
    const { components } = JSON.parse(await readFile(path.join(project.installed, 'sbom.cdx.json'), 'utf8'));
    const notices = await readFile(path.join(project.installed, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    const names = components.map(({ group, name }: { group?: string; name: string }) =>
      group ? `${group}/${name}` : name,
    );
    expect(names).toEqual(
      expect.arrayContaining(['zod', 'cookie', 'openid-client', '@middy/core', '@smithy/core']),
    );
    for (const name of names) expect(notices).toMatch(new RegExp(`^${name} [\\d.]+ \\([\\w.-]+\\)$`, 'm'));
    expect(notices).toContain('Copyright (c) 2025 Colin McDonnell');
  });

  test('has what its README links to, but for pictures and what only a clone has', async () => {
    const readme = await readFile(path.join(project.installed, 'README.md'), 'utf8');
    const files = await readdir(project.installed, { recursive: true });
    const links = [...readme.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!);
    expect(links.filter((target) => !files.includes(target)).sort()).toEqual([
      'CONTRIBUTING.md',
      'docs/gallery.md',
      'examples/README.md',
    ]);
  });
});

describe('beside the packages that a user brings', () => {
  beforeAll(async () => {
    await project.bringPackages();
    for (const name of [...SMALL, 'demo']) await project.copy(`examples/${name}`);
    await project.copy('test/package/checks', 'checks');
  });

  const template = async (file: string) =>
    JSON.parse(await readFile(path.join(project.folder, file), 'utf8'));
  const types = ({ Resources }: { Resources: Record<string, { Type: string }> }) =>
    Object.values(Resources).map(({ Type }) => Type);
  // biome-ignore lint/suspicious/noExplicitAny: templates are data
  const ofType = ({ Resources }: any, type: string): any[] =>
    Object.values<{ Type: string; Properties: object }>(Resources)
      .filter(({ Type }) => Type === type)
      .map(({ Properties }) => Properties);
  const count = (list: readonly string[], type: string) => list.filter((one) => one === type).length;

  test('every example is tried here', async () => {
    const examples = (await readdir(path.join(ROOT, 'examples'), { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(examples.sort()).toEqual([...SMALL, ...FRAMEWORKS, ...SERVERS, 'demo'].sort());
    for (const name of examples) await readFile(path.join(ROOT, 'examples', name, 'README.md'));
  });

  test.each(['express', 'fastify', 'hono', 'lambda', 'own-login', 'passport', 'websocket'])(
    'the example for %s passes its own test',
    async (name) => {
      const tests = (await readdir(path.join(project.folder, 'examples', name))).filter((file) =>
        file.endsWith('.test.ts'),
      );
      expect(tests).toHaveLength(1);
      const cwd = path.join(project.folder, 'examples', name);
      const output = await project.node(['--test', '--test-reporter=tap', ...tests], { cwd });
      expect(Number(/^# pass (\d+)$/m.exec(output)?.[1])).toBeGreaterThanOrEqual(2);
      expect(output).toMatch(/^# fail 0$/m);
    },
  );

  test('the page built by Vite takes the client, and nothing else', async () => {
    const cwd = path.join(project.folder, 'examples/vite');
    const vite = path.join(ROOT, 'node_modules/vite/bin/vite.js');
    await project.node([vite, 'build', '--logLevel', 'warn'], { cwd });
    const [asset] = await readdir(path.join(cwd, 'dist/assets'));
    const code = await readFile(path.join(cwd, 'dist/assets', asset!), 'utf8');
    expect(code).toContain('/session');
    expect(code).not.toContain('session-timeout-dialog');
    expect(code.length).toBeLessThan(12_000);
  });

  test('the CDK app deploys the functions of the package, and a site', async () => {
    await project.node(['examples/cdk/app.ts'], { env: { CDK_OUTDIR: 'cdk.out' } });
    const resources = types(await template('cdk.out/Application.template.json'));
    expect(count(resources, 'AWS::DynamoDB::GlobalTable')).toBe(1);
    expect(count(resources, 'AWS::CloudFront::Distribution')).toBe(1);
    // The service's four, the authorizer, the greeting, and those that CDK adds for a deployment.
    expect(count(resources, 'AWS::Lambda::Function')).toBeGreaterThanOrEqual(6);
    const assets = await readdir(path.join(project.folder, 'cdk.out'));
    expect(assets.filter((name) => name.startsWith('asset.')).length).toBeGreaterThanOrEqual(6);
  });

  test('the WebSocket API stands on the site’s own host, guarded, and hears of the end of each session', async () => {
    await project.node(['examples/websocket/app.ts'], { env: { CDK_OUTDIR: 'cdk.out-websocket' } });
    const { Resources } = await template('cdk.out-websocket/Sockets.template.json');
    // biome-ignore lint/suspicious/noExplicitAny: templates are data
    type Properties = any;
    const of = (type: string, id = '') =>
      Object.entries<{ Type: string; Properties: Properties }>(Resources)
        .filter(([name, { Type }]) => Type === type && name.startsWith(id))
        .map(([name, made]) => ({ name, ...made.Properties }));
    const only = (type: string, id: string) => of(type, id)[0]!;
    const { DistributionConfig: config } = only('AWS::CloudFront::Distribution', 'Site');
    const [behavior, ...others] = config.CacheBehaviors;
    expect(behavior).toMatchObject({
      PathPattern: '/api/live',
      ViewerProtocolPolicy: 'https-only',
      FunctionAssociations: [{ EventType: 'viewer-request' }],
    });
    expect(others.map(({ PathPattern }: { PathPattern: string }) => PathPattern)).toContain('/api/*');
    const origin = config.Origins.find(({ Id }: { Id: string }) => Id === behavior.TargetOriginId);
    expect(origin.OriginCustomHeaders).toMatchObject([{ HeaderName: 'x-curfew-origin' }]);
    const { name: api } = only('AWS::ApiGatewayV2::Api', 'Api');
    expect(JSON.stringify(origin.DomainName)).toContain(`{"Ref":"${api}"}`);
    // The function writes the path that the stage has.
    const { StageName } = only('AWS::ApiGatewayV2::Stage', 'Stage');
    const { FunctionCode } = only('AWS::CloudFront::Function', 'StagePath');
    expect(FunctionCode).toContain(`event.request.uri = '/${StageName}'`);
    expect(Object.keys(only('AWS::Lambda::Function', 'Connect').Environment.Variables)).toEqual(
      expect.arrayContaining(['TABLE_NAME', 'SITE_URL', 'ORIGIN_SECRET', 'SOCKETS_TABLE']),
    );
    const { name: end } = only('AWS::Lambda::Function', 'End');
    expect(of('AWS::Events::Rule')).toContainEqual(
      expect.objectContaining({
        EventPattern: { source: ['curfew'], 'detail-type': ['Session Ended'] },
        Targets: [expect.objectContaining({ Arn: { 'Fn::GetAtt': [end, 'Arn'] } })],
      }),
    );
    const built = path.join(project.folder, 'examples/websocket/dist');
    const handlers = await readFile(path.join(built, 'functions/index.cjs'), 'utf8');
    expect(handlers).toContain('ERR_RUN_UNCONFIRMED');
    expect(await readdir(path.join(built, 'site'))).toEqual(['index.html', 'main.js']);
  });

  test('the distribution that was there leads to the service, of another stack', async () => {
    await project.node(['examples/distribution/app.ts'], { env: { CDK_OUTDIR: 'cdk.out-distribution' } });
    const [shop, accounts] = await Promise.all(
      ['Shop', 'Accounts'].map((stack) => template(`cdk.out-distribution/${stack}.template.json`)),
    );
    const made = Object.values<{ Type: string }>(shop.Resources);
    const header = { HeaderName: 'x-curfew-origin' };
    const paths = ['mark', 'run/set', 'auth/*', 'session*', 'run/*', '*'].map((path) => `/api/${path}`);
    expect(made.find(({ Type }) => Type === 'AWS::CloudFront::Distribution')).toMatchObject({
      Properties: {
        DistributionConfig: {
          DefaultCacheBehavior: { FunctionAssociations: [{ EventType: 'viewer-request' }] },
          CacheBehaviors: paths.map((PathPattern) => ({ PathPattern, ViewerProtocolPolicy: 'https-only' })),
          Origins: [{}, { OriginCustomHeaders: [header] }, { OriginCustomHeaders: [header] }],
        },
      },
    });
    expect(JSON.stringify(accounts)).not.toContain('Fn::ImportValue');
    expect(JSON.stringify(accounts)).toContain('"SITE_URL":"https://shop.example.com"');
    expect(count(types(accounts), 'AWS::CloudFront::Distribution')).toBe(0);
  });

  test('the CDK app takes what was there before, and guards from other stacks and regions', async () => {
    await project.node(['examples/cdk/bring-your-own.ts'], { env: { CDK_OUTDIR: 'cdk.out-brought' } });
    const [sessions, orders, reports] = await Promise.all(
      ['Sessions', 'Orders', 'Reports'].map((stack) => template(`cdk.out-brought/${stack}.template.json`)),
    );
    const made = types(sessions);
    for (const brought of [
      'Cognito::UserPool',
      'Cognito::UserPoolDomain',
      'ApiGatewayV2::Api',
      'ApiGatewayV2::Stage',
      'EC2::VPC',
      'Events::EventBus',
      'Logs::LogGroup',
    ])
      expect([brought, count(made, `AWS::${brought}`)]).toEqual([brought, 0]);
    expect(count(made, 'AWS::Cognito::UserPoolClient')).toBe(1);
    expect(count(made, 'AWS::DynamoDB::GlobalTable')).toBe(1);
    expect(count(made, 'AWS::ApiGatewayV2::Route')).toBeGreaterThan(10);
    const functions = ofType(sessions, 'AWS::Lambda::Function').filter(({ Description }) =>
      /^Curfew/.test(Description),
    );
    expect(functions).toHaveLength(4);
    for (const { VpcConfig, LoggingConfig } of functions) {
      expect(VpcConfig.SubnetIds).toHaveLength(2);
      expect(LoggingConfig.LogGroup).toBe('/company/sessions');
    }
    const guarding = (stack: object) => {
      const [{ ContainerDefinitions }] = ofType(stack, 'AWS::ECS::TaskDefinition');
      const named = ContainerDefinitions[0].Environment.map(({ Name, Value }: Record<string, unknown>) => [
        Name,
        Value,
      ]);
      return Object.fromEntries(named);
    };
    expect(guarding(orders)).toMatchObject({ SITE_URL: 'https://app.example.com' });
    const { TABLE_NAME } = guarding(reports);
    expect(TABLE_NAME).toBe('arn:aws:dynamodb:eu-west-1:111122223333:table/Sessions-Data');
    expect(ofType(reports, 'AWS::IAM::Policy')[0].PolicyDocument.Statement).toMatchObject([
      { Action: 'dynamodb:GetItem', Resource: TABLE_NAME },
      { Action: 'dynamodb:UpdateItem', Resource: TABLE_NAME },
    ]);
  });

  test('every entry is loaded by `require`, shares its modules with the others, and synthesizes', async () => {
    expect(await project.node(['checks/require.cjs'])).toBe('ok\n');
  });

  test('the construct synthesizes with every default, and with a table of the user’s own', async () => {
    await project.node(['checks/construct.ts'], { env: { CDK_OUTDIR: 'cdk.out-checks' } });
    for (const stack of ['Defaults', 'OwnTable']) {
      const resources = types(await template(`cdk.out-checks/${stack}.template.json`));
      expect(count(resources, 'AWS::Lambda::Function')).toBeGreaterThanOrEqual(4);
      expect(count(resources, 'AWS::DynamoDB::GlobalTable')).toBe(1);
    }
  });

  test('the demo builds and synthesizes as a project of its own', async () => {
    const cwd = path.join(project.folder, 'examples/demo');
    await project.node(['build.ts'], { cwd });
    await project.node(['app.ts'], { cwd, env: { CDK_OUTDIR: 'cdk.out' } });
    const { Resources, Outputs } = await template('examples/demo/cdk.out/Curfew.template.json');
    expect(Object.keys(Outputs).sort()).toEqual(
      ['AdminFunction', 'ApiUrl', 'DistributionUrl', 'SiteUrl', 'TableName', 'UserPoolId'].sort(),
    );
    const routes = Object.values<{ Properties: { RouteKey?: string } }>(Resources).flatMap(
      ({ Properties }) => Properties?.RouteKey ?? [],
    );
    expect(routes).toEqual(
      expect.arrayContaining([
        'GET /api/notes',
        'POST /api/notes',
        'GET /api/notes/page',
        'GET /api/session',
      ]),
    );
    const { length } = await readFile(path.join(cwd, 'dist/api/index.cjs'));
    expect(length).toBeLessThan(700_000);
    await project.node([path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json'], { cwd });
  });

  test('examples and what all pages show compile as they stand, and mistakes do not', async () => {
    const written = await writeSnippets(project.folder, 'server', 'page');
    expect(written.length).toBeGreaterThan(15);
    const files = written.map(({ name }) => name);
    // The demo has a configuration of its own, and is compiled with it above.
    await project.typecheck([...files, 'checks', ...SMALL.map((name) => `examples/${name}`)]);
  });

  test('what all pages show for servers and stacks runs', async () => {
    const written = await writeSnippets(project.folder, 'server');
    const files = written.filter(({ place }) => place === 'server').map(({ name }) => name);
    expect(files.length).toBeGreaterThan(8);
    // One of them asserts, which only writes.
    const source = `console.assert = (await import('node:assert')).ok;
      for (const file of ${JSON.stringify(files)}) await import('./' + file);`;
    const env = { TABLE_NAME: 'sessions', SERVICE_SECRET: 's'.repeat(32) };
    await project.node(['--input-type=module', '-e', source], { env });
  });

  test('the package’s own declarations are sound, those of every entry', async () => {
    const manifest = JSON.parse(await readFile(path.join(project.installed, 'package.json'), 'utf8'));
    // Middy's and CDK's own declarations are not.
    const entries = Object.keys(manifest.exports)
      .filter((entry) => !/\.(?:css|json)$|\/guard$|\/construct$/.test(entry))
      .map((entry) => entry.replace('./', 'curfew/').replace('*', 'de'));
    expect(entries.length).toBeGreaterThan(8);
    const source = entries.map((entry, index) => `export * as e${index} from '${entry}';`).join('\n');
    await writeFile(path.join(project.folder, 'entries.ts'), source);
    await project.typecheck(['entries.ts'], { skipLibCheck: false });
  });
});
