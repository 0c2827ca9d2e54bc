import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { BINDING_PASS_MS } from '../../../core/contract.ts';
import { BINDING_SCRIPT } from '../../../functions/guard/binding-script.generated.ts';

const LOADED_AT = 1_700_000_000_000;

interface Situation {
  /** `performance`'s name for how the page was loaded. */
  readonly type?: string;
  /** The answers of the checks, in turn; a number is a status without a usable body. */
  readonly answers: readonly ('same' | 'other' | 'unmarked' | number)[];
  /** Whether the browser has Web Locks. @default true */
  readonly hasLocks?: boolean;
  /** When this page loaded itself before, epoch ms. */
  readonly reloadedAt?: number;
}

/** Runs the script in a document of a few fakes, and says what it did. */
async function run({ type = 'navigate', answers, hasLocks = true, reloadedAt }: Situation) {
  const asked: string[] = [];
  const put: string[] = [];
  const shown: string[] = [];
  const stored = new Map(reloadedAt === undefined ? [] : [['curfew-run', String(reloadedAt)]]);
  const link = { search: '' };
  const left = [...answers];
  let reloads = 0;

  const locks = {
    async request(name: string, work: () => Promise<void>) {
      asked.push(`lock ${name}`);
      await work();
    },
  };
  class XMLHttpRequest {
    onloadend = () => {};
    open(...request: unknown[]): void {
      put.push(request.join(' '));
    }
    send(): void {
      this.onloadend();
    }
  }
  runInNewContext(BINDING_SCRIPT, {
    performance: { getEntriesByType: () => [{ type }], timeOrigin: LOADED_AT },
    sessionStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
    },
    fetch: async (url: string) => {
      asked.push(url);
      const answer = left.shift();
      if (typeof answer === 'number')
        return new Response('{"code":"ERR_STORE_UNAVAILABLE"}', { status: answer });
      return Response.json({ run: answer });
    },
    location: { pathname: '/orders', search: '?page=2', reload: () => (reloads += 1) },
    document: {
      querySelector: (selector: string) =>
        Object.assign(link, { removeAttribute: (name: string) => shown.push(`${selector} not ${name}`) }),
    },
    navigator: hasLocks ? { locks } : {},
    XMLHttpRequest,
    URLSearchParams,
    Uint8Array,
    crypto,
    btoa,
  });
  // Each way through it ends in one of these.
  while (reloads + shown.length === 0) await new Promise(setImmediate);
  return { asked, put, shown, reloads, search: link.search, stored: stored.get('curfew-run') };
}

describe('the page that a guard sends in place of a rendered one', () => {
  test('loads itself again, with a pass, in the run that signed in', async () => {
    expect(await run({ answers: ['same'] })).toMatchObject({
      asked: ['/api/run/check?pass=mark&load=navigate'],
      put: [],
      reloads: 1,
      shown: [],
      stored: String(LOADED_AT),
    });
  });

  test('binds a session that is not bound, then asks whether the browser has kept the credential', async () => {
    const { asked, put, reloads } = await run({ answers: ['unmarked', 'unmarked', 'same'] });
    expect(asked).toEqual([
      '/api/run/check?pass=mark&load=navigate',
      'lock curfew-close',
      '/api/run/check?pass=mark&load=probe',
      '/api/run/check?pass=mark&load=set',
    ]);
    expect(put).toEqual([expect.stringMatching(/^GET \/api\/mark true run [A-Za-z0-9_-]{43}$/)]);
    expect(reloads).toBe(1);
  });

  test('puts no mark over that of another tab which has bound the session meanwhile', async () => {
    expect(await run({ answers: ['unmarked', 'same'] })).toMatchObject({ put: [], reloads: 1 });
  });

  test('binds without Web Locks, too', async () => {
    const { put, reloads } = await run({ answers: ['unmarked', 'unmarked', 'same'], hasLocks: false });
    expect(put).toHaveLength(1);
    expect(reloads).toBe(1);
  });

  test('binds nothing in a page that was gone back to or restored, and loads it all the same', async () => {
    expect(await run({ type: 'back_forward', answers: ['unmarked'] })).toMatchObject({
      asked: ['/api/run/check?pass=mark&load=navigate'],
      put: [],
      reloads: 1,
    });
  });

  test('says that the user has been signed out in another run, with a way back to this page', async () => {
    expect(await run({ answers: ['other'] })).toMatchObject({
      shown: ['main not hidden'],
      search: 'returnTo=%2Forders%3Fpage%3D2',
      reloads: 0,
    });
  });

  test.each([
    ['within the life of a pass', LOADED_AT - BINDING_PASS_MS + 1, 0, ['#stuck not hidden']],
    ['when the pass of the last time is worthless', LOADED_AT - BINDING_PASS_MS, 1, []],
    ['the first time', undefined, 1, []],
  ])('reloaded %s', async (_, reloadedAt, reloads, shown) => {
    const answers = ['same'] as const;
    const situation = reloadedAt === undefined ? { answers } : { answers, reloadedAt };
    const { asked, ...done } = await run({ type: 'reload', ...situation });
    expect(asked).toEqual(['/api/run/check?pass=mark&load=reload']);
    expect(done).toMatchObject({ reloads, shown });
  });

  test('without an answer offers to try again: that is no sign-out', async () => {
    expect(await run({ answers: [503] })).toMatchObject({ shown: ['#stuck not hidden'], reloads: 0 });
  });
});
