import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { SIGN_IN_ERRORS, type SignInWord } from '../../../core/sign-in.ts';
import { notSignedInPage, signedInPage } from '../../../functions/auth/end-page.ts';
import type { Reply } from '../../../functions/http/reply.ts';
import { newTabState } from '../../../web/client/tabs.ts';

const sessionId = 's'.repeat(22);
const word: SignInWord = { sessionId, activityAt: 0, pulsedAt: 0, status: { serverTime: 1_700_000_000_000 } };

const contents = (tag: string, { body }: Reply) =>
  [...String(body).matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map((match) => match[1]!);
const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Runs the script of the page, in a browser that lacks what is left out. */
function run(page: Reply, browser: object) {
  const done: unknown[] = [];
  class BroadcastChannel {
    readonly name: string;
    constructor(name: string) {
      this.name = name;
    }
    postMessage(said: unknown) {
      done.push(['post', this.name, JSON.stringify(said)]);
    }
  }
  const [script] = contents('script', page);
  const localStorage = { setItem: (...item: string[]) => done.push(['store', ...item]) };
  runInNewContext(script!, { BroadcastChannel, localStorage, close: () => done.push('close'), ...browser });
  return done;
}

describe('signed in', () => {
  const page = signedInPage(word, ['a=b']);

  test('leaves the word for the tabs, says it to them, and closes the window', () => {
    const said = JSON.stringify(word);
    expect(run(page, {})).toEqual([['store', 'curfew', said], ['post', 'curfew', said], 'close']);
    expect(page.cookies).toEqual(['a=b']);
  });

  test('says it where nothing can be stored', () => {
    const localStorage = {
      setItem() {
        throw new Error('full');
      },
    };
    expect(run(page, { localStorage })).toEqual([['post', 'curfew', JSON.stringify(word)], 'close']);
    expect(run(page, { localStorage: undefined })).toHaveLength(2);
  });

  test('the word has the form in which tabs speak of a session of which they know nothing', () => {
    expect({ ...newTabState(sessionId), status: word.status }).toEqual(word);
  });

  test('nothing in the word ends the script', () => {
    const odd = { ...word, sessionId: '</script><script>alert(1)</script>\u2028' };
    const done = run(signedInPage(odd, []), {});
    expect(done.at(1)).toEqual(['post', 'curfew', JSON.stringify(odd)]);
  });
});

describe.each([
  ['signed in', signedInPage(word, []), 1],
  ...SIGN_IN_ERRORS.map((code) => [code, notSignedInPage(code, {}), 0] as const),
])('%s', (_, page, scripts) => {
  test('runs its own script, if it has one, looks as its own style says, and loads, sends and frames nothing', () => {
    const allowed = {
      "default-src 'none'": true,
      [`script-src ${contents('script', page).map(hashOf)}`]: scripts > 0,
      [`style-src ${contents('style', page).map(hashOf)}`]: true,
      "base-uri 'none'": true,
      "form-action 'none'": true,
      "frame-ancestors 'none'": true,
    };
    const policy = Object.entries(allowed).filter(([, isIn]) => isIn);
    expect(page.headers?.['content-security-policy']).toBe(policy.map(([rule]) => rule).join('; '));
    expect(page.headers?.['referrer-policy']).toBe('no-referrer');
    expect(contents('script', page)).toHaveLength(scripts);
    expect(page.body).not.toMatch(/\son\w+=|style=|src=|http:|https:/);
  });

  test('says in its title, its heading and a sentence what has happened, and what to do', () => {
    const [title] = contents('title', page);
    expect(contents('h1', page)).toEqual([title]);
    expect(page.body).toContain('close this window');
    expect(page.body).not.toContain('undefined');
  });
});
