import { expect, test } from '@jest/globals';
import type { TestPage } from '../support/driver.ts';
import { onStage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const MINUTE = 60_000;

onStage('drafts', (stage) => {
  /** Starts keeping drafts in a page of the harness, from the published module. */
  const keep = (tab: TestPage) =>
    tab.evaluate(async () => {
      const url = '/web/drafts.js';
      const { keepDrafts } = await import(url);
      const page = globalThis as unknown as { session: unknown; drafts: unknown; changes: string[] };
      page.changes = [];
      page.drafts = keepDrafts(page.session, { onChange: (change: string) => page.changes.push(change) });
    });
  const note = (tab: TestPage) =>
    tab.evaluate(() => document.querySelector<HTMLInputElement>('#note')!.value);
  const stored = (tab: TestPage) =>
    tab.evaluate(() => Object.entries(localStorage).filter(([key]) => key.startsWith('curfew-draft:')));
  async function written(): Promise<TestPage> {
    const tab = await stage.signIn();
    await keep(tab);
    await tab.click('#note');
    await tab.type('half a sentence');
    await tab.click('#secret');
    await tab.type('hunter2');
    return tab;
  }

  test('9. what was typed survives the expiry and the sign-in after it', async () => {
    const tab = await written();
    await stage.pass(16 * MINUTE);
    await until('the end', async () => (await stage.state(tab)) === 'ended');
    const again = await stage.signIn();
    await keep(again);
    expect(await note(again)).toBe('half a sentence');
  });

  test('passwords and marked fields are never kept', async () => {
    const tab = await written();
    await tab.evaluate(() => {
      document.querySelector('#order')!.toggleAttribute('data-no-draft', true);
    });
    await tab.click('#note');
    await tab.type(' and a secret');
    const text = JSON.stringify(await stored(tab));
    expect(text).toContain('half a sentence');
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('and a secret');
  });

  test('another user is given nothing of it', async () => {
    await written();
    stage.site.user = { subject: 'grace', name: 'Grace Hopper', email: 'grace@example.com' };
    const other = await stage.signIn();
    await keep(other);
    expect(await note(other)).toBe('');
  });

  test('signing out erases it', async () => {
    const tab = await written();
    expect(await stored(tab)).toHaveLength(1);
    await tab.evaluate(() =>
      (globalThis as unknown as { session: { signOut(): unknown } }).session.signOut(),
    );
    await until('the erasure', async () => (await stored(tab)).length === 0);
  });

  test('a draft older than a day is thrown away, and so is one that is none', async () => {
    const tab = await written();
    const [key] = (await stored(tab))[0]!;
    const put = (text: string) => tab.evaluate((name, value) => localStorage.setItem(name, value), key, text);
    const read = async () => {
      const page = await stage.tab();
      await keep(page);
      return note(page);
    };
    const fields = '{"order/note":"old"}';
    await put(`{"savedAt":${stage.site.now() - 86_399_999},"fields":${fields}}`);
    expect(await read()).toBe('old');
    await put(`{"savedAt":${stage.site.now() - 86_400_000},"fields":${fields}}`);
    expect(await read()).toBe('');
    for (const nonsense of [
      '{',
      'null',
      '7',
      '{"savedAt":"soon","fields":{}}',
      '{"savedAt":1,"fields":null}',
    ]) {
      await put(nonsense);
      expect(await read()).toBe('');
    }
  });

  test('all kinds of fields come back, and the application hears of it', async () => {
    const tab = await stage.signIn();
    await keep(tab);
    await tab.click('[name=gift]');
    await tab.click('#text');
    await tab.type('two words');
    await tab.evaluate(() => {
      const size = document.querySelector<HTMLSelectElement>('#size')!;
      size.value = 'M';
      size.dispatchEvent(new Event('change', { bubbles: true }));
    });
    const again = await stage.tab();
    await keep(again);
    const values = await again.evaluate(() => [
      document.querySelector<HTMLSelectElement>('#size')!.value,
      document.querySelector<HTMLInputElement>('[name=gift]')!.checked,
      document.querySelector<HTMLTextAreaElement>('#text')!.value,
      (globalThis as unknown as { changes: string[] }).changes.includes('restored'),
    ]);
    expect(values).toEqual(['M', true, 'two words', true]);
    await again.evaluate(() => (globalThis as unknown as { drafts: { clear(): void } }).drafts.clear());
    expect(await stored(again)).toEqual([]);
  });
});
