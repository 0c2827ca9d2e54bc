import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { END_REASONS } from '../../core/contract.ts';
import { type Session, tighten } from '../../core/lifecycle.ts';
import type { PolicyInput } from '../../core/policy.ts';
import { sealSignIn } from '../../functions/auth/sign-in-state.ts';
import type { Credential } from '../../functions/sessions/credential.ts';
import type { SessionItem } from '../../functions/store/dynamodb/item.ts';
import type { SubjectPage } from '../../functions/store/session-store.ts';
import type { Store } from '../../functions/store/store.ts';
import { toImage } from '../../local/engine/item.ts';
import { createTable, ENGINES, type Engine } from '../support/engines.ts';
import fc, { runs } from '../support/fast-check.ts';
import { seededBytes } from '../support/http.ts';
import { KEYRING } from '../support/keyring.ts';
import { hashOf, MINUTE, SECOND, T0 } from '../support/sessions.ts';
import { begin, current, last, outcomeOf, type Release, statusOf } from './releases.ts';

/** The last release lists all sessions at once. */
function sessionsIn(list: SubjectPage | readonly Session[]): readonly Session[] {
  return 'sessions' in list ? list.sessions : list;
}

/**
 * Two releases run side by side during every roll-out, and after a roll-back: the rows that either wrote mean the
 * same to both.
 */
describe.each(ENGINES)('rows on %s', (_name, start) => {
  let engine: Engine;
  let tableName: string;
  const stores = new Map<Release, Store>();
  const storeOf = (release: Release): Store => {
    const store = stores.get(release);
    if (!store) throw new Error(`no store of ${release.name}`);
    return store;
  };
  const at = (release: Release, now: number) => ({ store: storeOf(release), now });
  const rowOf = async ({ sessionId }: Credential): Promise<SessionItem> => {
    const Key = { pk: { S: `session#${sessionId}` } };
    const { Item } = await engine.client.send(new GetItemCommand({ TableName: tableName, Key }));
    return Item ?? {};
  };

  beforeAll(async () => {
    engine = await start();
    ({ tableName } = await createTable(engine));
    const { oldItemOnRefusal } = engine;
    for (const release of [current, last]) {
      const options = {
        client: engine.client,
        tableName,
        retentionMs: 86_400_000,
        dueShards: 4,
        oldItemOnRefusal,
      };
      stores.set(release, release.createDynamoStore(options));
    }
  });
  afterAll(() => engine?.stop());

  test('a finished sign-in of this release is none that the last one could finish', async () => {
    const options = { keyring: KEYRING, randomBytes: seededBytes('compat') };
    const signIn = { returnTo: '/', startedAt: T0, reauthenticate: true, isInWindow: false };
    const { state } = await sealSignIn(signIn, 'b'.repeat(43), options);
    await storeOf(current).finishSignIn({ state, attempt: 'one', startedAt: T0 });
    // The last release stored its sign-ins, and took them by their state.
    const earlier = storeOf(last) as unknown as { take(state: string): Promise<unknown> };
    expect(await earlier.take(state)).toBeUndefined();
    expect(await storeOf(current).finishSignIn({ state, attempt: 'two', startedAt: T0 })).toBe(false);
  });

  describe.each([
    { by: last.name, writer: last, reader: current },
    { by: current.name, writer: current, reader: last },
  ])('written by $by', ({ writer, reader }) => {
    const started = (policy: PolicyInput = {}, subject = 'ada') =>
      begin(writer, storeOf(writer), { now: T0, policy, subject });

    test('a live session is the same to the other', async () => {
      const credential = await started();
      const seen = async (release: Release) =>
        statusOf(await release.checkSession(at(release, T0 + MINUTE), credential), T0 + MINUTE);
      expect(await seen(reader)).toEqual(await seen(writer));
      expect((await seen(reader)).idleExpiresAt).toBe(T0 + 15 * MINUTE);
    });

    test('a touch of the other moves the deadline for both, and a pulse that is older does nothing', async () => {
      const credential = await started();
      const now = T0 + 5 * MINUTE;
      expect((await reader.touchSession(at(reader, now), credential, SECOND)).written).toBe(true);
      expect((await writer.touchSession(at(writer, now + 1), credential, 2 * SECOND)).written).toBe(false);
      const session = await writer.checkSession(at(writer, now + 1), credential);
      expect(session.idleExpiresAt).toBe(now - SECOND + 15 * MINUTE);
    });

    test('a guarded request of the other coalesces with those of the writer', async () => {
      const credential = await started();
      const now = T0 + 5 * MINUTE;
      const first = await writer.checkSession(at(writer, now), credential);
      expect((await writer.touchCoalesced(at(writer, now), credential, first, 0)).written).toBe(true);
      const second = await reader.checkSession(at(reader, now + SECOND), credential);
      expect((await reader.touchCoalesced(at(reader, now + SECOND), credential, second, 0)).written).toBe(
        false,
      );
    });

    test('a close grace is cancelled by the other, or ends the session there', async () => {
      const [kept, closed] = [await started(), await started()];
      for (const credential of [kept, closed]) {
        await writer.startCloseGrace(at(writer, T0 + 1), credential, { graceMs: 30 * SECOND });
      }
      const opened = await reader.cancelCloseGrace(at(reader, T0 + 2), kept);
      expect(opened.closesAt).toBeNull();
      const late = T0 + 1 + 30 * SECOND;
      expect(await outcomeOf(reader.checkSession(at(reader, late), closed))).toEqual({
        code: 'ERR_SESSION_ENDED',
        reason: 'closed',
        endedAt: late,
      });
      expect((await writer.checkSession(at(writer, late), kept)).state).toBe('active');
    });

    test.each(END_REASONS)('the end of a session is told by the other: %s', async (reason) => {
      const credential = await started();
      await writer.endSession(at(writer, T0 + 9), credential, reason);
      expect(await outcomeOf(reader.checkSession(at(reader, T0 + 10), credential))).toEqual({
        code: 'ERR_SESSION_ENDED',
        reason,
        endedAt: T0 + 9,
      });
      const again = await reader.endSession(at(reader, T0 + 11), credential, 'revoked');
      expect(again.endedHere).toBe(false);
    });

    test('an expiry that the other finds is told by the writer', async () => {
      const credential = await started();
      const found = outcomeOf(reader.checkSession(at(reader, T0 + 15 * MINUTE), credential));
      expect(await found).toMatchObject({ reason: 'idle' });
      const told = outcomeOf(writer.checkSession(at(writer, T0 + 99 * MINUTE), credential));
      expect(await told).toMatchObject({ reason: 'idle', endedAt: T0 + 15 * MINUTE });
    });

    test('a binding is known to the other, confirmed by it, and gives the idle timeout of bound sessions', async () => {
      // The last release has another name for it.
      const field = writer === current ? 'unboundIdleTimeoutMs' : 'unmarkedIdleTimeoutMs';
      const credential = await started({ browserClose: 'run', [field]: 5 * MINUTE });
      const [here, elsewhere] = [hashOf('here'), hashOf('elsewhere')];
      expect(await writer.bindSession(at(writer, T0 + 1) as never, credential, here)).toBe('same');
      const seen = async (release: Release, now: number, runHash: Uint8Array | undefined) =>
        (
          await release.checkRun(at(release, now) as never, credential, {
            runHash,
            endsIfOther: false,
            afterSet: false,
          })
        ).run;
      expect(await seen(reader, T0 + 2, elsewhere)).toBe('unmarked');
      expect(await seen(reader, T0 + 3, here)).toBe('same');
      expect(await seen(writer, T0 + 4, elsewhere)).toBe('other');
      const shown = { ...credential, runHash: here };
      const session = await writer.checkSession(at(writer, T0 + 5), shown);
      expect(session.idleExpiresAt).toBe(T0 + 15 * MINUTE);
    });

    test('a session that is bound to a run is touched, closed, opened and ended by the other', async () => {
      const credential = await started({ browserClose: 'last-page' });
      const here = hashOf('here');
      await writer.bindSession(at(writer, T0 + 1) as never, credential, here);
      const asked = { runHash: here, endsIfOther: false, afterSet: false };
      expect((await writer.checkRun(at(writer, T0 + 2) as never, credential, asked)).run).toBe('same');
      // The last release shows no mark, and asks for none.
      const shown = { ...credential, runHash: here };
      expect((await reader.touchSession(at(reader, T0 + MINUTE), shown, 0)).written).toBe(true);
      const grace = { graceMs: 30 * SECOND };
      expect((await reader.startCloseGrace(at(reader, T0 + MINUTE), shown, grace)).closesAt).not.toBeNull();
      expect((await reader.cancelCloseGrace(at(reader, T0 + MINUTE + 1), shown)).closesAt).toBeNull();
      const elsewhere = { runHash: hashOf('elsewhere'), endsIfOther: true, afterSet: false };
      const late = at(reader, T0 + 2 * MINUTE) as never;
      expect((await reader.checkRun(late, credential, elsewhere)).run).toBe('other');
      expect(await outcomeOf(writer.checkSession(at(writer, T0 + 3 * MINUTE), shown))).toMatchObject({
        reason: 'closed',
      });
    });

    test('the sweep of the other ends what is overdue, and lists it under its user', async () => {
      const subject = `user of ${writer.name}`;
      const [overdue, live] = [await started({}, subject), await started({}, subject)];
      await writer.touchSession(at(writer, T0 + 10 * MINUTE), live, 0);
      const now = () => T0 + 15 * MINUTE + 7;
      const fail = ({ cause }: { cause: unknown }) => {
        throw cause;
      };
      await reader.sweep({
        store: storeOf(reader),
        now,
        concurrency: 8,
        hasTime: () => true,
        onFailure: fail,
      });
      const listed = sessionsIn(await storeOf(writer).listBySubject(subject));
      const states = new Map(listed.map((session) => [session.sessionId, session.state]));
      expect(states.get(overdue.sessionId)).toBe('ended');
      expect(states.get(live.sessionId)).toBe('active');
    });

    test('its transitions are announced alike by the other', async () => {
      const credential = await started();
      const before = await rowOf(credential);
      await writer.endSession(at(writer, T0 + 9), credential, 'signed-out');
      const after = await rowOf(credential);
      const records = [
        { eventName: 'INSERT' as const, dynamodb: { NewImage: toImage(before) } },
        { eventName: 'MODIFY' as const, dynamodb: { OldImage: toImage(before), NewImage: toImage(after) } },
      ];
      for (const record of records) {
        // Only this release says who ended it: of a row that doesn't, by the reason.
        const { detail } = current.transitionOf(record)!;
        const { endedBy, ...known } = { endedBy: { type: 'subject' }, ...detail };
        expect(known.sessionId).toBe(credential.sessionId);
        expect(endedBy).toEqual({ type: 'subject' });
        expect(last.transitionOf(record)?.detail).toEqual(known);
      }
    });
  });

  test.each([
    { binder: last, code: undefined },
    { binder: current, code: 'ERR_RUN_UNCONFIRMED' },
  ])('a session that $binder.name has bound, asked for without its mark: $code', async ({ binder, code }) => {
    const credential = await begin(binder, storeOf(binder), { now: T0, policy: { browserClose: 'run' } });
    const here = hashOf('here');
    await binder.bindSession(at(binder, T0 + 1) as never, credential, here);
    // Whichever release confirms the binding.
    for (const release of [last, current]) {
      const asked = { runHash: here, endsIfOther: false, afterSet: true };
      await release.checkRun(at(release, T0 + 2) as never, credential, asked);
    }
    const now = at(current, T0 + MINUTE);
    for (const request of [
      () => current.checkSession(now, credential),
      () => current.touchSession(now, credential, 0),
    ]) {
      const outcome = await outcomeOf<object>(request());
      expect('code' in outcome ? outcome.code : undefined).toBe(code);
    }
    expect((await last.checkSession(at(last, T0 + MINUTE), credential)).state).toBe('active');
  });

  test.each([last, current])(
    'narrower limits of a session that $name began hold for both releases',
    async (writer) => {
      const credential = await begin(writer, storeOf(writer), { now: T0 });
      const { sessionId } = credential;
      const seen = (await storeOf(current).read(sessionId))!.session;
      const tightened = tighten(seen, { idleTimeoutMs: 5 * MINUTE, absoluteTimeoutMs: 60 * MINUTE })!;
      const write = { seen, seenDueAt: seen.idleExpiresAt, tightened };
      expect(await storeOf(current).tighten(write)).toBe(true);
      const touched = await last.touchSession(at(last, T0 + MINUTE), credential, 0);
      expect(touched.session).toMatchObject({
        idleExpiresAt: T0 + 6 * MINUTE,
        absoluteExpiresAt: T0 + 60 * MINUTE,
      });
      for (const release of [last, current]) {
        expect((await release.checkSession(at(release, T0 + 6 * MINUTE - 1), credential)).state).toBe(
          'active',
        );
      }
      expect(await outcomeOf(last.checkSession(at(last, T0 + 6 * MINUTE), credential))).toMatchObject({
        reason: 'idle',
      });
    },
  );

  test('any history may change hands at any step: it comes out as if one release had done it all', async () => {
    const step = fc.record({
      kind: fc.constantFrom('pulse', 'guard', 'close', 'open', 'end', 'check'),
      byLast: fc.boolean(),
      afterMs: fc.constantFrom(0, 1, 30 * SECOND - 1, 30 * SECOND, 60 * SECOND, 5 * MINUTE, 15 * MINUTE - 1),
      idleForMs: fc.constantFrom(0, 1, SECOND, MINUTE),
    });
    const perform = async (
      release: Release,
      credential: Credential,
      kind: string,
      now: number,
      idleForMs: number,
    ) => {
      const context = at(release, now);
      const seen = (session: Session) => statusOf(session, now);
      if (kind === 'pulse') return seen((await release.touchSession(context, credential, idleForMs)).session);
      if (kind === 'close')
        return seen(await release.startCloseGrace(context, credential, { graceMs: 30 * SECOND }));
      if (kind === 'open') return seen(await release.cancelCloseGrace(context, credential));
      if (kind === 'end') return (await release.endSession(context, credential, 'revoked')).endedHere;
      const session = await release.checkSession(context, credential);
      if (kind === 'check') return seen(session);
      return seen((await release.touchCoalesced(context, credential, session, idleForMs)).session);
    };
    const nameless = (result: unknown) => JSON.stringify(result)?.replaceAll(/"sessionId":"[^"]*"/g, '');
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(step, { minLength: 1, maxLength: 12 }),
        async (beganByLast, steps) => {
          const by = beganByLast ? last : current;
          const mixed = await begin(by, storeOf(by), { now: T0 });
          const pure = await begin(current, storeOf(current), { now: T0 });
          let now = T0;
          for (const { kind, byLast, afterMs, idleForMs } of steps) {
            now += afterMs;
            const one = await outcomeOf<unknown>(
              perform(byLast ? last : current, mixed, kind, now, idleForMs),
            );
            const other = await outcomeOf<unknown>(perform(current, pure, kind, now, idleForMs));
            expect(nameless(one)).toBe(nameless(other));
          }
        },
      ),
      runs(25),
    );
  });

  describe('of a newer release', () => {
    const newer = async (credential: Credential, changes: Record<string, SessionItem[string]>) => {
      const names = Object.keys(changes);
      await engine.client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: { pk: { S: `session#${credential.sessionId}` } },
          UpdateExpression: `SET ${names.map((_, i) => `#n${i} = :v${i}`).join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => [`#n${i}`, name])),
          ExpressionAttributeValues: Object.fromEntries(
            names.map((name, i) => [`:v${i}`, changes[name] ?? { NULL: true }]),
          ),
        }),
      );
    };
    const NEWER = { v: { N: '99' }, ofANewerRelease: { N: '7' }, endedFrom: { M: { place: { S: 'x' } } } };

    test('attributes that it does not know survive its writes', async () => {
      const credential = await begin(current, storeOf(current), { now: T0 });
      await newer(credential, NEWER);
      await current.touchSession(at(current, T0 + MINUTE), credential, 0);
      await current.endSession(at(current, T0 + 2 * MINUTE), credential, 'signed-out');
      expect(await rowOf(credential)).toMatchObject(NEWER);
    });

    test('a way of closing that it does not know is no hindrance', async () => {
      const credential = await begin(current, storeOf(current), { now: T0 });
      await newer(credential, { browserClose: { S: 'window' } });
      const session = await current.checkSession(at(current, T0 + 1), credential);
      expect(session.browserClose).toBe('window');
      expect((await current.touchSession(at(current, T0 + MINUTE), credential, 0)).written).toBe(true);
    });

    test('a reason that it does not know is passed on: to the page, to the list, and to the bus', async () => {
      const credential = await begin(current, storeOf(current), { now: T0, subject: 'newer' });
      const before = await rowOf(credential);
      await current.endSession(at(current, T0 + 9), credential, 'revoked');
      await newer(credential, { endReason: { S: 'device-lost' } });
      const told = outcomeOf(current.checkSession(at(current, T0 + 10), credential));
      expect(await told).toEqual({ code: 'ERR_SESSION_ENDED', reason: 'device-lost', endedAt: T0 + 9 });
      const [listed] = sessionsIn(await storeOf(current).listBySubject('newer'));
      expect(listed).toMatchObject({ state: 'ended', endReason: 'device-lost' });
      const record = { dynamodb: { OldImage: toImage(before), NewImage: toImage(await rowOf(credential)) } };
      expect(current.transitionOf(record)?.detail).toMatchObject({ reason: 'device-lost', latenessMs: null });
    });
  });
});
