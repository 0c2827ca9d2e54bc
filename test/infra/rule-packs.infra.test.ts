import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { HIPAASecurityChecks, type NagPack, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import { SessionService, type SessionServiceProps } from '../../infra/constructs/session-service.ts';
import { StaticSite, type StaticSiteProps } from '../../infra/constructs/static-site.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';
import { newStack } from '../support/stacks.ts';

let build: FixtureBuild;
beforeAll(async () => {
  build = await fixtureBuild();
});
afterAll(() => build.remove());

const PACKS: readonly (new () => NagPack)[] = [PCIDSS321Checks, HIPAASecurityChecks, NIST80053R5Checks];
const PREFIX = /^(?:PCI\.DSS\.321|HIPAA\.Security|NIST\.800\.53\.R5)-/;

/** A service with everything that adds resources, and a site. */
function stackWith(props: SessionServiceProps, site: Partial<StaticSiteProps> = {}) {
  const stack = newStack(build);
  const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles, ...props });
  sessions.administration();
  new StaticSite(stack, 'Site', { source: build.site, sessions, ...site });
  return stack;
}

const found = (props: SessionServiceProps, Pack: new () => NagPack, site?: Partial<StaticSiteProps>) =>
  new Pack().validateScope(stackWith(props, site)).violations;

/** The chapter about the packs. */
function chapter(): string {
  const [, text = ''] = readFileSync('docs/deploying.md', 'utf8').split('### Rule packs');
  return text.split('\n## ')[0]!;
}

describe('cdk-nag’s packs for PCI DSS, HIPAA and NIST', () => {
  test('find what the documentation lists, no more and no less', () => {
    const [pci, hipaa, nist] = PACKS.map((Pack) =>
      found({}, Pack).map(({ ruleName }) => ruleName.replace(PREFIX, '')),
    );
    const rows = [...chapter().matchAll(/^\| `(\w+)` \| (all|HIPAA, NIST) \|/gm)];
    const documented = (...packs: string[]) =>
      rows.filter(([, , pack]) => packs.includes(pack!)).map(([, rule]) => rule!);
    expect(pci!.sort()).toEqual(documented('all').sort());
    expect(hipaa!.sort()).toEqual(documented('all', 'HIPAA, NIST').sort());
    expect(nist!.sort()).toEqual(hipaa);
    expect(chapter()).toContain(`breaks ${pci!.length} rules of cdk-nag's pack for PCI DSS 3.2.1`);
    expect(chapter()).toContain(
      `and ${hipaa!.length} of each of those for HIPAA and NIST SP 800-53 (revision 5)`,
    );
  });

  test('find nothing with rulePacks: each rule is followed, or has its reason', () => {
    const topic = Topic.fromTopicArn(newStack(build), 'Topic', 'arn:aws:sns:us-east-1:000000000000:alarms');
    const props = { rulePacks: true, alarmActions: [new SnsAction(topic)] };
    for (const Pack of PACKS) {
      for (const site of [{}, { requestsPerAddress: 1_000 }]) expect(found(props, Pack, site)).toEqual([]);
    }
  });

  test('ask who hears of an alarm, so rulePacks does', () => {
    expect(() => stackWith({ rulePacks: true })).toThrow('rulePacks needs alarmActions');
    expect(() => stackWith({ rulePacks: true, alarms: false })).not.toThrow();
  });
});
