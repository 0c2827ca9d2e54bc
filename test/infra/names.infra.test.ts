import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { buildApp } from '../../examples/demo/app.ts';
import { SessionService } from '../../infra/constructs/session-service.ts';
import { StaticSite } from '../../infra/constructs/static-site.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';
import { newApp, newStack, properties, synthesize } from '../support/stacks.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are data
type Data = any;

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
let build: FixtureBuild;
beforeAll(async () => {
  build = await fixtureBuild();
});
afterAll(() => build.remove());

/** The stack of a stage of the demo, as its template describes it. */
function stage(name: string): { stackName: string; template: Data } {
  const app = newApp(build, {
    ...context,
    ...build.context,
    'curfew:stage': name,
    'curfew:browserClose': 'run',
  });
  const { stackName } = buildApp(app);
  return { stackName, template: app.synth().stacks[0]!.template };
}

/** One name in the template: of what, and what it comes to in a region. Undefined where CloudFormation makes it. */
interface PhysicalName {
  readonly of: string;
  readonly name: string;
}

/** Services whose names are those of an account, whatever the region. */
const ACCOUNT_WIDE = /^AWS::(?:CloudFront|CloudWatch::Dashboard|IAM|S3::Bucket$|Route53)/;
/** Names that any number of resources may have, since they are of their parent only, or names for people. */
const NEED_NOT_DIFFER = new Set([
  'AWS::ApiGatewayV2::Api Name',
  'AWS::ApiGatewayV2::Stage StageName',
  'AWS::CloudWatch::Alarm MetricName',
  'AWS::IAM::Policy PolicyName',
  'AWS::Lambda::Permission FunctionName',
  'AWS::Lambda::EventSourceMapping FunctionName',
]);

function namesIn({ stackName, template }: ReturnType<typeof stage>, region: string): PhysicalName[] {
  const pseudo: Record<string, string> = {
    'AWS::Region': region,
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${region}:1:stack/${stackName}/id-of-${stackName}-${region}`,
  };
  const resolve = (value: Data): string | undefined => {
    if (typeof value === 'string') return value;
    if (value.Ref) return pseudo[value.Ref];
    if (value['Fn::Select']) {
      const [index, { 'Fn::Split': split }] = value['Fn::Select'];
      return resolve(split[1])?.split(split[0])[index];
    }
    const parts = value['Fn::Join']?.[1].map(resolve) as (string | undefined)[] | undefined;
    return parts?.every((part) => part !== undefined) ? parts.join(value['Fn::Join'][0]) : undefined;
  };
  return Object.values<Data>(template.Resources).flatMap(({ Type, Properties = {} }) => {
    const config = Object.values<Data>(Properties).filter((value) => typeof value?.Name !== 'undefined');
    const named = [...Object.entries<Data>(Properties), ...config.map(({ Name }) => ['Name', Name] as const)];
    return named.flatMap(([property, value]) => {
      if (!/(?:^|[a-z])(?:Name|Domain)$/.test(property) || typeof value === 'undefined') return [];
      if (property === 'Domain' && typeof value !== 'string' && !value['Fn::Join']) return [];
      const of = `${Type} ${property}`;
      const name = NEED_NOT_DIFFER.has(of) ? undefined : resolve(value);
      return name === undefined ? [] : [{ of, name }];
    });
  });
}

const repeated = (names: readonly PhysicalName[]) => {
  const texts = names.map(({ of, name }) => `${of}: ${name}`);
  return texts.filter((text, i) => texts.indexOf(text) !== i);
};

test('two stages fit into one account and region, and another region beside them: no name that must be unique repeats', () => {
  const stages = [stage('production'), stage('staging')];
  const [here, there] = ['eu-central-1', 'us-east-1'].map((region) =>
    stages.flatMap((one) => namesIn(one, region)),
  );
  const kinds = new Set(here!.map(({ of }) => of));
  for (const kind of [
    'AWS::Events::EventBus Name',
    'AWS::Cognito::UserPoolDomain Domain',
    'AWS::CloudFront::ResponseHeadersPolicy Name',
    'AWS::CloudFront::OriginAccessControl Name',
    'AWS::CloudFront::Function Name',
  ]) {
    expect(kinds).toContain(kind);
  }
  expect(repeated(here!)).toEqual([]);
  expect(repeated(there!)).toEqual([]);
  expect(repeated([...here!, ...there!].filter(({ of }) => ACCOUNT_WIDE.test(of)))).toEqual([]);
});

test('so do two stages that are told apart by the name of the stack alone', () => {
  const stages = ['one', 'two'].map((name) => {
    const stack = newStack(build, 'App', undefined, `app-${name}`);
    const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles, browserClose: 'run' });
    new StaticSite(stack, 'Site', { source: build.site, sessions });
    return { stackName: stack.stackName, template: Template.fromStack(stack).toJSON() };
  });
  const names = stages.flatMap((one) => namesIn(one, 'eu-central-1'));
  expect(names.map(({ of }) => of)).toContain('AWS::CloudFront::Function Name');
  expect(repeated(names)).toEqual([]);
});

test('names fit into what CloudFront takes, in the region with the longest name', () => {
  const stack = newStack(build, `${'long-'.repeat(20)}name`);
  const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles, browserClose: 'run' });
  new StaticSite(stack, 'Site', { source: build.site, sessions });
  const template = Template.fromStack(stack).toJSON();
  for (const { of, name } of namesIn({ stackName: stack.stackName, template }, 'ap-southeast-1')) {
    if (!of.startsWith('AWS::CloudFront')) continue;
    expect(`${of}: ${name.length <= 64}`).toBe(`${of}: true`);
    expect(name).toMatch(/^[\w-]+$/);
  }
});

describe('one name of the service', () => {
  /** Every `service` in the text of a template: in dimensions, variables, and the searches of the dashboard. */
  const servicesIn = (template: Template) => {
    const text = JSON.stringify(template.toJSON()).replaceAll('\\', '');
    const found = [
      ...text.matchAll(/"Name":"service","Value":"([^"]+)"/g),
      ...text.matchAll(/(?<!"Name":)"service","([^"]+)"/g),
      ...text.matchAll(/ service="([^"]+)"/g),
      ...text.matchAll(/"SESSION_SERVICE":"([^"]+)"/g),
    ];
    return found.map(([, name]) => name);
  };

  test('is in all metrics, alarms and widgets, and in every function: that of this one among several', () => {
    const stack = newStack(build);
    const one = new SessionService(stack, 'One', { bundles: build.bundles });
    const two = new SessionService(stack, 'Two', { bundles: build.bundles, serviceName: 'second' });
    expect(one.serviceName).toMatch(/^Test-One-[0-9A-F]{8}$/);
    expect(two.serviceName).toBe('second');
    for (const service of [one, two]) {
      const metrics = [
        service.metric('Touches'),
        service.metricSessionsEnded('idle'),
        service.metricExpiryLateness(),
      ];
      for (const { dimensions } of metrics)
        expect(dimensions).toMatchObject({ service: service.serviceName });
    }
    const template = Template.fromStack(stack);
    const functions = properties(template, 'AWS::Lambda::Function');
    for (const [id, { Environment }] of Object.entries(functions)) {
      expect(Environment.Variables.SESSION_SERVICE).toBe(id.startsWith('One') ? one.serviceName : 'second');
    }
    const alarms = Object.entries(properties(template, 'AWS::CloudWatch::Alarm'));
    for (const [id, alarm] of alarms) {
      const own = id.startsWith('One') ? one.serviceName : 'second';
      expect([
        ...new Set(servicesIn(Template.fromJSON({ Resources: { [id]: { Type: 'x', ...alarm } } }))),
      ]).toEqual(/"Namespace":"Curfew"/.test(JSON.stringify(alarm)) ? [own] : []);
    }
    expect(new Set(servicesIn(template))).toEqual(new Set([one.serviceName, 'second']));
  });

  test('differs between stacks', () => {
    const names = ['A', 'B'].map((id) => {
      const stack = newStack(build, id);
      return new SessionService(stack, 'Sessions', { bundles: build.bundles }).serviceName;
    });
    expect(new Set(names).size).toBe(2);
  });

  test.each(['', 'a b', 'a"', 'x'.repeat(65)])('has no more than its letters: %j', (serviceName) => {
    expect(() => synthesize({ serviceName }, build)).toThrow(/serviceName must have 1 to 64 letters/);
  });
});

describe('the bus', () => {
  test('is the service’s own, and keeps a name that it is given', () => {
    const { template } = synthesize({ busName: 'curfew' }, build);
    template.hasResourceProperties('AWS::Events::EventBus', { Name: 'curfew' });
  });

  test('may be one of yours: none is made, and what is heard there is of this service alone', () => {
    const stack = newStack(build);
    const eventBus = EventBus.fromEventBusName(stack, 'Ours', 'ours');
    const service = new SessionService(stack, 'Sessions', { bundles: build.bundles, eventBus });
    service.onSessionEnded('Ended', new SqsQueue(new Queue(stack, 'Ends')));
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Events::EventBus', 0);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: 'ours',
      EventPattern: {
        source: ['curfew'],
        'detail-type': ['Session Ended'],
        detail: { service: [service.serviceName] },
      },
    });
    expect(service.bus).toBe(eventBus);
  });

  test('has one name or is given, not both', () => {
    const stack = newStack(build);
    const eventBus = EventBus.fromEventBusName(stack, 'Ours', 'ours');
    const props = { bundles: build.bundles, eventBus, busName: 'mine' };
    expect(() => new SessionService(stack, 'Sessions', props)).toThrow(/busName names the bus that/);
  });
});
