import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FRAME_ACTIVITY } from '../../../core/contract.ts';
import { reportActivityTo, takeActivityFrom, watchMedia } from '../../../web/activity/index.ts';
import { isIntended } from '../../../web/client/activity.ts';

const EDITOR = 'https://editor.example.com';

/** A window, as far as these need one. */
let page: EventTarget;
let reports: number;
const session = {
  reportActivity() {
    reports += 1;
  },
};

beforeEach(() => {
  page = new EventTarget();
  reports = 0;
  Object.assign(globalThis, {
    addEventListener: page.addEventListener.bind(page),
    document: { defaultView: page, addEventListener() {}, querySelectorAll: () => [] },
  });
});
afterEach(() => {
  for (const name of ['addEventListener', 'parent', 'document']) Reflect.deleteProperty(globalThis, name);
});

const message = (data: unknown, origin: string) =>
  page.dispatchEvent(Object.assign(new Event('message'), { data, origin }));

describe('a frame of another origin', () => {
  test.each([
    ['of a named origin', FRAME_ACTIVITY, EDITOR, 1],
    ['of its subdomain', FRAME_ACTIVITY, 'https://evil.editor.example.com', 0],
    ['of another scheme', FRAME_ACTIVITY, 'http://editor.example.com', 0],
    ['of another port', FRAME_ACTIVITY, `${EDITOR}:8443`, 0],
    ['without an origin', FRAME_ACTIVITY, 'null', 0],
    ['with another message', { type: FRAME_ACTIVITY }, EDITOR, 0],
  ])('%s', (_name, data, origin, counts) => {
    const undo = takeActivityFrom(session, [EDITOR]);
    message(data, origin);
    expect(reports).toBe(counts);
    undo();
    message(FRAME_ACTIVITY, EDITOR);
    expect(reports).toBe(counts);
  });

  test.each(['*', 'null', '', EDITOR.slice(8), `${EDITOR}/`, `${EDITOR}/path`, 'data:text/html,x'])(
    'what is no origin is refused on both sides: %p',
    (origin) => {
      const refused = expect.objectContaining({ name: 'TypeError' });
      expect(() => takeActivityFrom(session, [EDITOR, origin])).toThrow(refused as unknown as Error);
      expect(() => reportActivityTo(origin)).toThrow(refused as unknown as Error);
    },
  );

  test.each([
    [999, 1],
    [1_000, 2],
    [1_001, 2],
  ])('tells its page, and no other, what the user does: %i ms later %i times', (later, times) => {
    const told: unknown[] = [];
    Object.assign(globalThis, { parent: { postMessage: (...said: unknown[]) => told.push(said) } });
    let now = 5;
    const undo = reportActivityTo(EDITOR, { now: () => now });
    const press = (isTrusted: boolean) => {
      const event = new Event('keydown');
      Object.defineProperty(event, 'isTrusted', { value: isTrusted });
      page.dispatchEvent(event);
    };
    press(false);
    expect(told).toEqual([]);
    press(true);
    now += later;
    press(true);
    expect(told).toEqual(Array(times).fill([FRAME_ACTIVITY, EDITOR]));
    undo();
    now += 5_000;
    press(true);
    expect(told).toHaveLength(times);
  });
});

describe('a video', () => {
  let media = Object.assign(new EventTarget(), { paused: true, ended: false });
  const document = Object.assign(new EventTarget(), {
    hidden: false,
    pictureInPictureElement: null as unknown,
  });
  let held: { readonly maxMs: number | undefined; isOver: boolean }[];
  const holder = {
    holdActive<T>(operation: Promise<T>, options: { maxMs?: number | undefined } = {}) {
      const hold = { maxMs: options.maxMs, isOver: false };
      held.push(hold);
      void operation.then(() => {
        hold.isOver = true;
      });
      return operation;
    },
  };
  // Of a media element it uses no more than this.
  const watch = (options = {}) => watchMedia(holder, media as unknown as HTMLMediaElement, options);
  const change = async (type: string, state: object) => {
    Object.assign(media, state);
    media.dispatchEvent(new Event(type));
    await Promise.resolve();
  };
  const hide = async (hidden: boolean) => {
    document.hidden = hidden;
    document.dispatchEvent(new Event('visibilitychange'));
    await Promise.resolve();
  };
  const counts = () => held.filter(({ isOver }) => !isOver).length;

  beforeEach(() => {
    held = [];
    media = Object.assign(new EventTarget(), { paused: true, ended: false });
    Object.assign(document, { hidden: false, pictureInPictureElement: null });
    Object.assign(globalThis, { document });
  });

  test('counts from when it plays until it pauses or ends, once at a time', async () => {
    watch({ maxMs: 5 });
    expect(counts()).toBe(0);
    await change('play', { paused: false });
    await change('playing', {});
    expect(held).toEqual([{ maxMs: 5, isOver: false }]);
    await change('pause', { paused: true });
    expect(counts()).toBe(0);
    await change('play', { paused: false });
    expect(counts()).toBe(1);
    await change('ended', { ended: true });
    expect(counts()).toBe(0);
    expect(held).toHaveLength(2);
  });

  test('that plays already counts at once, and no longer than it is watched for', async () => {
    Object.assign(media, { paused: false });
    const undo = watch();
    expect(held).toEqual([{ maxMs: undefined, isOver: false }]);
    undo();
    await change('playing', {});
    expect(counts()).toBe(0);
    expect(held).toHaveLength(1);
  });

  test('in a hidden page counts only in a picture of its own', async () => {
    watch();
    await change('play', { paused: false });
    await hide(true);
    expect(counts()).toBe(0);
    document.pictureInPictureElement = media;
    await hide(true);
    expect(counts()).toBe(1);
    document.pictureInPictureElement = null;
    await hide(false);
    expect(counts()).toBe(1);
  });
});

test.each([
  ['a mouse that moves', 'pointermove', { movementX: 1, movementY: 0, pressure: 0 }, true],
  ['a mouse under which the page moves', 'pointermove', { movementX: 0, movementY: 0, pressure: 0 }, false],
  ['a pen that draws', 'pointermove', { movementX: 0, movementY: 0, pressure: 0.2 }, true],
  ['a pen that hovers at rest', 'pointermove', { movementX: 0, movementY: 0, pressure: 0 }, false],
  ['a key', 'keydown', { repeat: false }, true],
  ['a key that something lies on', 'keydown', { repeat: true }, false],
  ['text that is dictated', 'beforeinput', { inputType: 'insertText' }, true],
  ['text that was put in, by whomever', 'input', { inputType: 'insertText' }, false],
  ['a value that assistive technology has set', 'input', {}, true],
  ['a click of assistive technology', 'click', {}, true],
  ['a paste by the browser’s menu', 'paste', {}, true],
])('%s is intended or not', (_name, type, fields, intended) => {
  expect(Boolean(isIntended(Object.assign(new Event(type), fields)))).toBe(intended);
});
