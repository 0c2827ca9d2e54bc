import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { claimTab } from '../../../web/drafts/tab.ts';
import { TestStorage } from '../../support/drafts.ts';
import { until } from '../../support/until.ts';

let page: EventTarget & { hidden?: boolean };
let stopper: AbortController;
let tabStorage: TestStorage;

const setStorage = (value: unknown) =>
  Object.defineProperty(globalThis, 'sessionStorage', { value, configurable: true });
/** What a document of the tab that is open calls it, and what it called it before. */
interface Opened {
  name: string;
  readonly first: string;
}
function openDocument(began: number, shows = '/app'): Opened {
  const onCopy = (name: string) => {
    opened.name = name;
  };
  const first = claimTab({ page: shows, signal: stopper.signal, began, onCopy });
  const opened = { name: first, first };
  return opened;
}
/** Until everything that documents have told each other has been heard. */
async function heard(): Promise<void> {
  const [from, to] = [new BroadcastChannel('curfew-draft-tabs'), new BroadcastChannel('curfew-draft-tabs')];
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => {
      to.onmessage = resolve;
      from.postMessage({});
    });
  }
  from.close();
  to.close();
}

beforeEach(() => {
  page = new EventTarget();
  Object.assign(globalThis, { document: page });
  stopper = new AbortController();
  tabStorage = new TestStorage();
  setStorage(tabStorage);
});
afterEach(() => {
  stopper.abort();
  for (const name of ['document', 'sessionStorage']) Reflect.deleteProperty(globalThis, name);
});

describe('the name of a tab', () => {
  test('is the same for as long as the tab is, and another one elsewhere', async () => {
    const { name } = openDocument(1);
    expect(name).toMatch(/^[\w-]{8}$/);
    stopper.abort();
    stopper = new AbortController();
    const reloaded = openDocument(2);
    setStorage(new TestStorage());
    const elsewhere = openDocument(3);
    await heard();
    expect(reloaded.name).toBe(name);
    expect(elsewhere.name).not.toBe(name);
  });

  test('is another one in place of what is none', () => {
    tabStorage.setItem('curfew-draft-tab', '../..');
    const { name } = openDocument(1);
    expect(name).toMatch(/^[\w-]{8}$/);
    expect(tabStorage.getItem('curfew-draft-tab')).toBe(name);
  });

  // As in a WebView that has no storage.
  test('is there without sessionStorage', () => {
    setStorage(null);
    expect(openDocument(1).name).toMatch(/^[\w-]{8}$/);
  });
});

describe('a copy of a tab', () => {
  test('takes a name of its own, which it keeps, and the other keeps its own', async () => {
    const original = openDocument(1);
    const copied = Object.assign(new TestStorage(), tabStorage);
    setStorage(copied);
    const copy = openDocument(2);
    expect(copy.first).toBe(original.name);
    await until('another name', async () => copy.name !== copy.first);
    await heard();
    expect(original.name).toBe(original.first);
    expect(copied.getItem('curfew-draft-tab')).toBe(copy.name);
    expect(tabStorage.getItem('curfew-draft-tab')).toBe(original.name);
  });

  test('gives way to the document that was there first, whenever that says so: as it shows again, for one', async () => {
    const copy = openDocument(2);
    await heard();
    const original = openDocument(1);
    await until('another name', async () => copy.name !== copy.first);
    expect(original.name).toBe(original.first);
    const said: unknown[] = [];
    const channel = new BroadcastChannel('curfew-draft-tabs');
    channel.onmessage = ({ data }) => said.push(data.tab);
    for (const hidden of [true, false]) {
      page.hidden = hidden;
      page.dispatchEvent(new Event('visibilitychange'));
    }
    await heard();
    channel.close();
    expect(said.filter((name) => name !== undefined).sort()).toEqual([original.name, copy.name].sort());
  });

  test.each([
    ['the same document', 1, '/app'],
    ['a document of another page', 2, '/orders'],
  ])('is not %s, in a frame for one', async (_name, began, shows) => {
    const one = openDocument(1);
    const other = openDocument(began, shows);
    await heard();
    expect([one.name, other.name]).toEqual([one.first, one.first]);
  });
});
