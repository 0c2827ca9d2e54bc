import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as protocol from '../../core/protocol.ts';
import { CLIENT_INTERNALS, ELEMENT_INTERNALS } from '../../scripts/build-web.ts';
import { createSessionClient } from '../../web/client/index.ts';
import { LOADING } from '../../web/client/snapshot.ts';
import { newTabState } from '../../web/client/tabs.ts';
import { ENGLISH, SessionTimeoutDialog } from '../../web/element/index.ts';

/** Every name of a schema's fields, nested ones included. */
function fields(schema: unknown): string[] {
  const { shape, element, options } = (schema as { def?: Record<string, unknown> }).def ?? {};
  const inner = [
    ...Object.values(shape ?? {}),
    ...(element ? [element] : []),
    ...((options as unknown[]) ?? []),
  ];
  return [...Object.keys(shape ?? {}), ...inner.flatMap(fields)];
}

test('no name that is written short in the client goes over the wire, to another tab or through the API', () => {
  const used = [
    ...Object.values(protocol).flatMap(fields),
    ...Object.keys(createSessionClient()),
    ...Object.keys(LOADING),
    ...Object.keys(newTabState()),
    'status',
    'reason',
  ];
  expect(used).toEqual(expect.arrayContaining(['sessionId', 'idleForMs', 'getSnapshot', 'activityAt']));
  expect(CLIENT_INTERNALS.filter((name) => used.includes(name))).toEqual([]);
});

test('every one of them is a field of the client', () => {
  const sources = [
    'web/client/state.ts',
    'web/client/tabs.ts',
    'web/client/transport.ts',
    'core/countdown.ts',
  ];
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  expect(
    CLIENT_INTERNALS.filter((name) => !new RegExp(`^  (?:readonly )?${name}[?]?[:(]`, 'm').test(text)),
  ).toEqual([]);
});

test('no name that is written short in the element is one of its API, its texts or the client’s API, and every one is used', () => {
  const used = [
    ...Object.getOwnPropertyNames(SessionTimeoutDialog.prototype),
    ...Object.keys(ENGLISH),
    ...Object.values(protocol).flatMap(fields),
    ...Object.keys(createSessionClient()),
    ...Object.keys(LOADING),
  ];
  expect(used).toEqual(expect.arrayContaining(['session', 'texts', 'dismiss']));
  expect(ELEMENT_INTERNALS.filter((name) => used.includes(name))).toEqual([]);
  const files = readdirSync('web/element').filter((file) => file.endsWith('.ts'));
  const text = files.map((file) => readFileSync(`web/element/${file}`, 'utf8'));
  expect(ELEMENT_INTERNALS.filter((name) => !new RegExp(`\\b${name}\\b`).test(text.join()))).toEqual([]);
});
