import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { HIPAASecurityChecks, type NagPack, PCIDSS321Checks } from 'cdk-nag';
import { SessionService, type SessionServiceProps } from '../../infra/constructs/session-service.ts';
import { StaticSite } from '../../infra/constructs/static-site.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';
import { newStack } from '../support/stacks.ts';

let build: FixtureBuild;
beforeAll(async () => {
  build = await fixtureBuild();
});
afterAll(() => build.remove());

const PACKS: readonly (new () => NagPack)[] = [PCIDSS321Checks, HIPAASecurityChecks];
const PREFIX = /^(?:PCI\.DSS\.321|HIPAA\.Security)-/;

/** A service with everything that adds resources, and a site. */
function stackWith(props: SessionServiceProps) {
  const stack = newStack(build);
  const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles, ...props });
  sessions.administration();
  new StaticSite(stack, 'Site', { source: build.site, sessions });
  return stack;
}

const rulesBroken = (props: SessionServiceProps, Pack: new () => NagPack) =>
  new Pack().validateScope(stackWith(props)).violations.map(({ ruleName }) => ruleName);

/** The first column of the table in the chapter about the packs. */
function documented(): string[] {
  const [, chapter = ''] = readFileSync('docs/deploying.md', 'utf8').split('### Rule packs');
  return [...chapter.split('\n## ')[0]!.matchAll(/^\| `(\w+)` \|/gm)].map(([, rule]) => rule!);
}

describe('cdk-nag’s packs for PCI DSS and HIPAA', () => {
  test('find what the documentation lists, no more and no less', () => {
    const found = PACKS.flatMap((Pack) => rulesBroken({}, Pack)).map((rule) => rule.replace(PREFIX, ''));
    expect([...new Set(found)].sort()).toEqual(documented().sort());
  });

  test('find nothing with rulePacks: each rule is followed, or has its reason', () => {
    const topic = Topic.fromTopicArn(newStack(build), 'Topic', 'arn:aws:sns:us-east-1:000000000000:alarms');
    const props = { rulePacks: true, alarmActions: [new SnsAction(topic)] };
    for (const Pack of PACKS) expect(rulesBroken(props, Pack)).toEqual([]);
  });

  test('ask who hears of an alarm, so rulePacks does', () => {
    expect(() => stackWith({ rulePacks: true })).toThrow('rulePacks needs alarmActions');
    expect(() => stackWith({ rulePacks: true, alarms: false })).not.toThrow();
  });
});
