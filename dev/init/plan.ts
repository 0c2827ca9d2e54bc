import path from 'node:path';
import { Draft, type Plan } from './draft.ts';
import { planPage } from './plan-page.ts';
import { planServers } from './plan-server.ts';
import { type Files, manifestAt, type Project, TOO_LARGE } from './recognize.ts';
import { Unusual } from './source.ts';
import { CONSTRUCT_MODULE, withService } from './stack.ts';

/** @param version of this package @param unread files that were not read, with the reason */
export function planFor(
  files: Files,
  project: Project,
  version: string,
  unread: ReadonlyMap<string, string> = new Map(),
): Plan {
  const plan = new Draft(files, version, unread);
  const api = planServers(plan, project);
  if (project.page) planPage(plan, project.page, api);
  if (project.app) planStack(plan, project.app);
  plan.left.push(...notRead(files, unread));
  return plan;
}

/** What can't be read although somebody wrote it. */
export function notRead(files: Files, unread: ReadonlyMap<string, string>): string[] {
  const broken = [...files.keys()].filter(
    (file) => path.posix.basename(file) === 'package.json' && !manifestAt(files, file),
  );
  return [
    ...broken.map((file) => `${file} is no JSON object: what it names is not known here.`),
    ...[...unread]
      .filter(([, reason]) => reason !== TOO_LARGE)
      .map(([file, reason]) => `${file} ${reason}: it stays as it is, and was not looked at.`),
  ];
}

function planStack(plan: Draft, { folder, stacks }: NonNullable<Project['app']>): void {
  const [first] = stacks;
  const isRequired = first !== undefined && plan.loadsByRequire(first) && !/\.[cm]?ts$/.test(first);
  const loading = (name: string) =>
    isRequired
      ? `const { ${name} } = require('${CONSTRUCT_MODULE}');`
      : `import { ${name} } from '${CONSTRUCT_MODULE}';`;
  const lines = `In the stack: the service of sessions, which the README shows:
  ${loading('SessionService')}
  const sessions = new SessionService(this, 'Sessions');`;
  if (!plan.loads(/['"]curfew\/construct['"]/)) {
    plan.attempt(stacks.length === 1 ? `${stacks[0]}: ${lines}` : lines, () => {
      const [file] = stacks;
      if (file === undefined || stacks.length > 1) {
        throw new Unusual(
          stacks.length ? `there are several stacks: ${stacks.join(', ')}` : 'no stack was found',
        );
      }
      const text = withService(file, plan.read(file));
      const compiler = path.posix.join(folder, 'tsconfig.json');
      const isTyped = /\.[cm]?ts$/.test(file);
      if (isTyped && (!plan.has(compiler) || !/"noUnusedLocals"\s*:\s*false/.test(plan.read(compiler))))
        throw new Unusual(
          'its compiler may refuse a service that nothing uses yet: add it with what uses it, as below',
        );
      plan.write({ [file]: text });
    });
    plan.left.push(
      `In the stack: the site in front of the service, from the folder that its build writes
  ${loading('StaticSite')}
  new StaticSite(this, 'Site', { source: 'dist', sessions });
or, where there is a distribution in the stack already,
  sessions.addTo(distribution);`,
      `In front of each function that needs a session: in the stack, for a route of the API below the site
  sessions.protect(orders);
and in its handler, after \`npm install @middy/core\`,
  import middy from '@middy/core';
  import { sessionGuard } from 'curfew/guard';
  export const handler = middy()
    .use(sessionGuard())
    .handler(async ({ curfew: { session } }) => ({ statusCode: 200, body: session.subject }));`,
    );
  }
  plan.depend(path.posix.join(folder, 'cdk.json'));
}
