import { describe, expect, test } from '@jest/globals';
import { definePolicy } from '../../../core/policy.ts';
import { startSession } from '../../../functions/sessions/start.ts';
import { T0 } from '../../support/sessions.ts';
import { prepareStage } from './stage.ts';

const stage = prepareStage();

describe('startSession', () => {
  test('makes id and secret from its own random bytes, and stores the hash of the secret only', async () => {
    const sizes: number[] = [];
    const { session, cookieValue } = await startSession(stage.at(T0), {
      subject: 'ada',
      user: { name: 'Ada' },
      policy: definePolicy(),
      randomBytes: (size) => {
        sizes.push(size);
        return new Uint8Array(size).fill(sizes.length + 9);
      },
    });
    expect(sizes).toEqual([16, 32]);
    const id = Buffer.alloc(16, 10).toString('base64url');
    expect(session).toMatchObject({ sessionId: id, createdAt: T0, user: { name: 'Ada' } });
    expect(cookieValue).toBe(`${id}.${Buffer.alloc(32, 11).toString('base64url')}`);
    const secret = cookieValue.split('.')[1]!;
    expect(JSON.stringify(await stage.store.read(id))).not.toContain(secret);
  });
});
