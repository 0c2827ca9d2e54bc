import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildApp } from '../../examples/demo/app.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';

let build: FixtureBuild;
beforeAll(async () => {
  build = await fixtureBuild();
});
afterAll(() => build.remove());

/** AWS's managed policies: nothing cached, and every header of the viewer but Host, `Authorization` included. */
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER_EXCEPT_HOST_HEADER = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';

interface Behavior {
  readonly PathPattern: string;
  readonly CachePolicyId: string;
  readonly OriginRequestPolicyId: string;
  readonly FunctionAssociations?: readonly { readonly EventType: string }[];
}

function templateOf(browserClose: string): Template {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const all = { ...context, ...build.context };
  const app = new App({
    postCliContext: { ...all, 'curfew:browserClose': browserClose },
    analyticsReporting: false,
  });
  return Template.fromStack(buildApp(app));
}

function behaviors(template: Template): readonly Behavior[] {
  const [distribution] = Object.values(template.findResources('AWS::CloudFront::Distribution'));
  return distribution!.Properties.DistributionConfig.CacheBehaviors;
}

describe('what stands in front of /api/run/*', () => {
  test.each(['cookie', 'run', 'last-page'])(
    'policy %s: the credential gets through, nothing is cached',
    (mode) => {
      for (const behavior of behaviors(templateOf(mode))) {
        expect(behavior).toMatchObject({
          CachePolicyId: CACHING_DISABLED,
          OriginRequestPolicyId: ALL_VIEWER_EXCEPT_HOST_HEADER,
        });
      }
    },
  );

  test('the challenge is on /api/run/set alone, and only where the policy has a run', () => {
    const paths = (mode: string) =>
      behaviors(templateOf(mode)).map(({ PathPattern, FunctionAssociations }) => [
        PathPattern,
        FunctionAssociations?.length ?? 0,
      ]);
    expect(paths('cookie')).toEqual([['/api/*', 0]]);
    for (const mode of ['run', 'last-page']) {
      expect(paths(mode)).toEqual([
        ['/api/run/set', 1],
        ['/api/*', 0],
      ]);
    }
  });
});

describe('the challenge at the edge', () => {
  const SCRIPT = { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' };
  let code: string;
  beforeAll(() => {
    const functions = Object.values(templateOf('run').findResources('AWS::CloudFront::Function'));
    code = functions
      .map(({ Properties }) => Properties.FunctionCode as string)
      .find((one) => /Basic/.test(one))!;
  });

  function answer(headers: Record<string, string>): { statusCode?: number; headers: Record<string, object> } {
    const request = {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }])),
    };
    return runInNewContext(`${code}; handler(event)`, { event: { request } });
  }

  test("a page's script without a credential is challenged", () => {
    expect(answer(SCRIPT)).toMatchObject({
      statusCode: 401,
      headers: { 'www-authenticate': { value: expect.stringMatching(/^Basic /) } },
    });
  });

  test.each([
    ['a script with a credential', { ...SCRIPT, authorization: 'Basic x' }],
    ['a navigation', { 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' }],
    ['a link on the site', { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'document' }],
    ['another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'empty' }],
    ['a sibling subdomain', { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'empty' }],
    ['a browser that does not say', {}],
  ])('%s goes on to the function', (_, headers) => {
    expect(answer(headers)).not.toHaveProperty('statusCode');
  });
});
