import { beforeEach, describe, expect, test } from '@jest/globals';
import { createPageState, type PageState } from '../../../web/drafts/page-state.ts';

let told = 0;
let page: PageState;
/** A page that is loaded. */
const load = () => {
  told = 0;
  return createPageState(() => {
    told += 1;
  });
};
/** What a draft keeps of a user who sees `initial` and sets `content`. */
const keptOf = (initial: string | undefined, content: string) => {
  const before = load();
  before.get('text', initial);
  return before.set('text', content);
};

describe('state in no field', () => {
  beforeEach(() => {
    page = load();
  });

  test('is what was set here, whatever was restored or shows without it', () => {
    expect(page.get('text', 'of the server')).toBeUndefined();
    page.set('text', 'mine');
    page.restore(keptOf('of the server', 'of before'), false);
    expect(page.get('text', 'of somebody else')).toBe('mine');
  });

  test.each([
    ['shows what it did', 'of the server', 'of the server'],
    ['shows what was kept', 'of the server', 'mine'],
    ['says nothing of what shows', 'of the server', undefined],
    ['said nothing of what showed, such as by an older release', undefined, 'of the server'],
  ])('comes back where the page %s', async (_title, before, initial) => {
    page.restore(keptOf(before, 'mine'), false);
    expect(page.get('text', initial)).toBe('mine');
    await Promise.resolve();
    expect(told).toBe(0);
  });

  test('that began with something else than shows now is told of, once, and held back until the user chooses', async () => {
    page.restore(keptOf('of the server', 'mine'), false);
    for (let time = 0; time < 2; time += 1) expect(page.get('text', 'of somebody else')).toBeUndefined();
    await Promise.resolve();
    expect(told).toBe(1);
    // What loads late, too, may show what it did.
    expect(page.get('text', 'of the server')).toBe('mine');
    expect(page.get('text', 'of somebody else')).toBeUndefined();
    page.overwrite();
    expect(page.get('text', 'of somebody else')).toBe('mine');
  });

  test('that the user has chosen to restore shows over anything', () => {
    page.restore(keptOf('of the server', 'mine'), true);
    expect(page.get('text', 'of somebody else')).toBe('mine');
  });

  test('keeps what the user began with, also when something else is saved meanwhile', () => {
    page.get('text', 'of the server');
    const [first, second] = [page.set('text', 'm'), page.set('text', 'mine')];
    page.get('text', 'of somebody else');
    const kept = page.set('text', 'mine!');
    for (const each of [first, second]) expect(Object.keys(each)).toEqual(Object.keys(kept));
    const next = load();
    next.restore(kept, false);
    expect(next.get('text', 'of the server')).toBe('mine!');
    expect(next.get('text', 'of somebody else')).toBeUndefined();
  });

  test('that was saved shows still, is not taken back, and is what the next one begins with', () => {
    page.restore(keptOf('of the server', 'mine'), false);
    expect(page.get('text', 'of the server')).toBe('mine');
    page.settle();
    page.undo();
    expect(page.get('text', 'of the server')).toBe('mine');
    const kept = page.set('text', 'mine, and more');
    const next = load();
    next.restore(kept, false);
    expect(next.get('text', 'mine')).toBe('mine, and more');
    expect(next.get('text', 'of the server')).toBeUndefined();
  });

  test('that was saved elsewhere is kept no longer when something else is set', () => {
    page.set('saved', 'a');
    page.settle();
    expect(page.set('text', 'b')).toEqual({ '#text': 'b' });
  });

  test('that was restored is taken back, what was set is not, and nothing of either is another user’s', () => {
    page.restore({ ...keptOf('of the server', 'mine'), '#other': 'of before' }, false);
    page.set('other', 'set');
    page.undo();
    expect([page.get('text'), page.get('other')]).toEqual([undefined, 'set']);
    page.forget();
    expect(page.get('other')).toBeUndefined();
    expect(page.typed()).toEqual({});
  });
});
