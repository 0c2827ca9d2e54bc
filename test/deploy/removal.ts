import assert from 'node:assert/strict';
import { Aws } from './aws.ts';
import { type Cdk, STACK } from './cdk.ts';
import { deleteStack, isThere, LASTING, type Made, madeBy, statusOf } from './stacks.ts';
import { step } from './steps.ts';

/** What is left of table, user pool, secret, logs and key, as docs/uninstalling.md says under "What stays". */
const POLICIES = {
  RETAIN: { failed: 'all', deleted: 'all' },
  RETAIN_ON_UPDATE_OR_DELETE: { failed: 'none', deleted: 'all' },
  DESTROY: { failed: 'none', deleted: 'none' },
} as const;

/** Deploys and deletes a stack with each removal policy, and deploys some that fail. */
export async function removal(cdk: Cdk, endpoint: string): Promise<void> {
  const aws = new Aws(endpoint);
  /** What of a stack lasts, with at least one of each kind. */
  const lasting = async (stack: string): Promise<Made[]> => {
    const made = (await madeBy(aws, stack)).filter(({ type }) => LASTING.includes(type));
    assert.deepEqual([...new Set(made.map(({ type }) => type))].sort(), [...LASTING].sort());
    return made;
  };
  /** `all`, `none`, or which. */
  const left = async (made: readonly Made[]): Promise<string> => {
    const there: string[] = [];
    for (const one of made) if (await isThere(aws, one)) there.push(one.type);
    if (there.length === made.length) return 'all';
    return there.join(', ') || 'none';
  };
  const fails = { FAILS: 'true' };
  for (const [REMOVAL_POLICY, { failed, deleted }] of Object.entries(POLICIES)) {
    const stack = `${STACK}-${REMOVAL_POLICY.replaceAll('_', '-')}`;
    const variables = { REMOVAL_POLICY };
    await step(`${REMOVAL_POLICY}: a first deployment that fails leaves ${failed}`, async () => {
      const never = `${stack}-failed`;
      await assert.rejects(cdk.deployRemovable(never, { ...variables, ...fails }));
      assert.equal(await statusOf(aws, never), 'ROLLBACK_COMPLETE');
      assert.equal(await left(await lasting(never)), failed);
    });
    await step(`${REMOVAL_POLICY}: deleting the stack leaves ${deleted}`, async () => {
      await cdk.deployRemovable(stack, variables);
      const made = await lasting(stack);
      assert.equal(await left(made), 'all');
      await deleteStack(aws, stack);
      assert.equal(await left(made), deleted);
    });
  }
  await step('DESTROY: a later deployment that fails takes nothing away', async () => {
    const [stack, variables] = [`${STACK}-later`, { REMOVAL_POLICY: 'DESTROY' }];
    await cdk.deployRemovable(stack, variables);
    await assert.rejects(cdk.deployRemovable(stack, { ...variables, ...fails }));
    assert.equal(await statusOf(aws, stack), 'UPDATE_ROLLBACK_COMPLETE');
    assert.equal(await left(await lasting(stack)), 'all');
  });
}
