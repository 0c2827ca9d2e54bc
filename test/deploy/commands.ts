import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { blocks, spans, WRITTEN_PAGES } from '../support/documentation.ts';
import { Aws } from './aws.ts';
import { REGION, STACK } from './cdk.ts';
import { type Deployed, SITE_URL } from './deployed.ts';
import { PART } from './site.ts';
import { resourcesOf } from './stacks.ts';
import { step } from './steps.ts';

/** The AWS CLI that the CDK copies sites with, as npm installed it. */
const ARCHIVE = path.resolve('node_modules/@aws-cdk/asset-awscli-v1/lib/layer.zip');
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_DEFAULT_REGION: REGION };

/** What the check has to find: an operation, an option, one that is missing, a key, a field of the reply, an option of `s3`, a payload. */
const WRONG = [
  'aws cloudfront associate-aliases --alias a --target-distribution-id b',
  'aws cloudfront associate-alias --alias a --target-distribution-ids b',
  'aws cloudfront associate-alias --alias a',
  'aws resourcegroupstaggingapi get-resources --tag-filters Name=a,Values=b',
  "aws cloudformation describe-stacks --query 'Stacks[0].Status'",
  'aws s3 sync dist/site s3://placeholder --remove',
  "aws lambda invoke --function-name a --payload '{}' out.json",
];

/** The commands of the AWS CLI in the pages: the CLI takes each, and some are run on what is deployed. */
export async function commands(deployed: Deployed, site: string, endpoint: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'curfew-aws-cli-'));
  try {
    await step(
      'the AWS CLI takes every command of it in the pages: operation, options, what is asked of the reply',
      async () => {
        // What the commands read.
        await mkdir(path.join(folder, 'dist'));
        await symlink(site, path.join(folder, 'dist/site'));
        await writeFile(path.join(folder, 'records.json'), '{}');
        const all = inPages();
        assert.ok(all.length > 25);
        const problems = problemsOf([...all, ...WRONG], folder);
        assert.deepEqual(problems.slice(0, all.length).filter(Boolean), []);
        assert.deepEqual(
          problems.slice(all.length).filter((problem) => !problem),
          [],
        );
      },
    );
    await onDeployed(deployed, folder, endpoint);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onDeployed(deployed: Deployed, folder: string, endpoint: string): Promise<void> {
  const made = [...(await resourcesOf(new Aws(endpoint), STACK))];
  const idOf = (part: RegExp) => made.find(([id, { type }]) => part.test(`${type} ${id}`))?.[1].id ?? '';
  const aws = path.join(folder, 'aws');
  await writeFile(aws, `#!/bin/sh\nexec python3 ${folder}/awscli/aws "$@"\n`);
  await chmod(aws, 0o755);
  /** Runs the one command of the pages that begins so, with values for its placeholders. */
  const run = async (start: string, values: Record<string, string> = {}): Promise<string> => {
    const found = new Set(inPages().filter((command) => command.startsWith(start)));
    assert.equal(found.size, 1, start);
    const command = Object.entries(values).reduce(
      (text, [from, to]) => text.replace(from, to),
      [...found][0]!,
    );
    const { stdout } = await promisify(execFile)('sh', ['-c', command], {
      cwd: folder,
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        HOME: folder,
        AWS_ENDPOINT_URL: endpoint,
        ...CREDENTIALS,
      },
    });
    return stdout;
  };
  const asked = async (where: string) => (await deployed.newBrowser().request(`${SITE_URL}${where}`)).status;
  await step(
    'a file of an earlier release is deleted from the bucket by the command for it, and the page and its configuration stay',
    async () => {
      await run('aws s3 sync', { '<bucket>': idOf(/S3::Bucket Site/) });
      assert.deepEqual(
        [await asked(`/${PART}`), await asked('/'), await asked('/config.json')],
        [403, 200, 200],
      );
    },
  );
  await step(
    'the key that a stack has made is found by its tag, and the status of the stack is shown',
    async () => {
      const stackId = await new Aws(endpoint).stackId(STACK);
      const arns = await run('aws resourcegroupstaggingapi get-resources', { '<its ARN>': stackId });
      assert.ok(arns.includes(idOf(/^AWS::KMS::Key /)), arns);
      assert.match(await run('aws cloudformation describe-stacks', { 'Curfew-trial': STACK }), /_COMPLETE/);
    },
  );
  await step('the sweep is started by hand, and what invokes the functions is shown', async () => {
    const sweep = { '<sweep>': idOf(/Lambda::Function SessionsExpirySweep/) };
    const invoked = await run('aws lambda invoke --function-name <sweep>', sweep);
    assert.deepEqual(JSON.parse(invoked), { StatusCode: 200, ExecutedVersion: '$LATEST' });
    assert.match(await run('aws lambda get-policy', sweep), /events\.amazonaws\.com/);
    const publish = { '<publish>': idOf(/Lambda::Function SessionsEventsPublish/) };
    assert.match(await run('aws lambda list-event-source-mappings', publish), /"Enabled"/);
  });
}

/** Commands as they stand in code spans and blocks. */
function inPages(): string[] {
  const texts = WRITTEN_PAGES.flatMap((page) => [
    ...spans(page).map((text) => text.replaceAll('\\|', '|')),
    ...blocks(page).flatMap(({ code }) => code.replaceAll(/\\\n\s*/g, '').split('\n')),
  ]);
  return texts.flatMap((text) => text.match(/(?<=^|\$\(|[A-Z]=\S+ |[&|;] )aws [a-z0-9-]+ [a-z].*/) ?? []);
}

/** Why the CLI does not take each of the commands; empty where it does. Installs it in the folder. */
function problemsOf(all: readonly string[], folder: string): string[] {
  const input = all.map((command) =>
    command
      .replaceAll(/<[^<>]+>|\$\w+/g, 'placeholder'.repeat(4))
      // The sample of a reply has no value that a filter asks for.
      .replaceAll(/\[\?[^\]]*\]/g, '[]')
      // Version 2 of the CLI takes it, this one does not.
      .replace(' --cli-binary-format raw-in-base64-out', ''),
  );
  const { stdout, stderr } = spawnSync('python3', ['test/deploy/aws_cli.py', ARCHIVE, folder], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, ...CREDENTIALS },
    input: JSON.stringify(input),
  });
  if (stdout === '') throw new Error(stderr);
  const answers = JSON.parse(stdout) as { code: number; printed: string }[];
  return answers.map(({ code, printed }, i) => problem(all[i]!, code, printed));
}

function problem(command: string, code: number, printed: string): string {
  // Version 2 of the CLI takes any other payload for base64.
  if (/--payload/.test(command) && !/--cli-binary-format raw-in-base64-out/.test(command))
    return `${command}: its payload is no base64`;
  // It got as far as asking.
  if (/Could not connect to the endpoint/.test(printed)) return '';
  // Only mentioned.
  const isPart = command.includes('…') || !command.includes(' --');
  if (isPart && /arguments are required/.test(printed)) return '';
  if (code !== 0) return `${command}: ${printed}`;
  const isEmpty = /^(?:null|None|\[\]|)\s*$/.test(printed);
  return isEmpty && command.includes(' --query ') ? `${command}: its query finds nothing` : '';
}
