import { expect, test } from '@jest/globals';
import { watchPageClient } from '../../../dev/panel/page-client.ts';
import type { SessionClient } from '../../../web/client/types.ts';

/** A client that only dispatches. */
function clientOf(): SessionClient & EventTarget {
  // Nothing else of it is asked for here.
  return new EventTarget() as SessionClient & EventTarget;
}

test('a client that has come since the last look is there at once, and one that has gone is no longer heard', () => {
  const [first, second] = [clientOf(), clientOf()];
  const heard: string[] = [];
  let found: SessionClient | undefined;
  const page = watchPageClient(
    () => found,
    (type) => heard.push(type),
  );
  expect(page.look()).toBeUndefined();
  for (const client of [first, second]) {
    found = client;
    expect(page.look()).toBe(client);
  }
  first.dispatchEvent(new Event('warning'));
  expect(heard).toEqual([]);
  second.dispatchEvent(new Event('ended'));
  expect(heard).toEqual(['ended']);
});
