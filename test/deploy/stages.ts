import assert from 'node:assert/strict';
import { Aws } from './aws.ts';
import { type Cdk, STACK } from './cdk.ts';
import { step } from './steps.ts';

const STAGING = `${STACK}Staging`;
const ELSEWHERE = 'eu-central-1';
const IDLE_MS = 1_800_000;

/** Deploys another stage into the same account and region, and the first one into another region. */
export async function stages(cdk: Cdk, endpoint: string): Promise<void> {
  const first = await new Aws(endpoint).outputs(STACK);
  await step('a second stage deploys beside the first, with a bus and a name of its own', async () => {
    await cdk.deploy(IDLE_MS, { stack: STAGING });
    const second = await new Aws(endpoint).outputs(STAGING);
    for (const output of ['BusName', 'ServiceName', 'TableName', 'ApiId']) {
      assert.ok(first[output] && second[output], output);
      assert.notEqual(first[output], second[output], output);
    }
  });
  await step('the first stage deploys into a second region', async () => {
    await cdk.bootstrap(ELSEWHERE);
    await cdk.deploy(IDLE_MS, { region: ELSEWHERE });
    const there = await new Aws(endpoint, ELSEWHERE).outputs(STACK);
    assert.notEqual(there.ApiId, first.ApiId);
    assert.equal(there.ServiceName, first.ServiceName);
  });
}
