import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createElement, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { createSessionClient } from '../../../web/client/index.ts';
import { keepDrafts } from '../../../web/drafts/index.ts';
import { SessionTimeoutDialog, useDraft, useSession } from '../../../web/react/index.ts';

test('renders on a server, where there is no document, as «loading»', () => {
  const session = createSessionClient();
  const Status = () => createElement('p', null, useSession(session).status);
  const html = renderToString(
    createElement(StrictMode, null, createElement(Status), createElement(SessionTimeoutDialog, { session })),
  );
  expect(html).toBe('<p>loading</p><session-timeout-dialog></session-timeout-dialog>');
});

test('the module that is published is one of the client’s to Next.js, which reads its first line', () => {
  expect(readFileSync('dist/web/react.js', 'utf8')).toMatch(/^(['"])use client\1;/);
});

test('drafts on a server do nothing, and their states are the initial ones', () => {
  const drafts = keepDrafts(createSessionClient());
  const Colour = () => createElement('p', null, useDraft(drafts, 'colour', 'red')[0]);
  expect(renderToString(createElement(Colour))).toBe('<p>red</p>');
  drafts.set('colour', 'blue');
  expect(drafts.get('colour')).toBeUndefined();
  expect(drafts.isSaved()).toBe(false);
  drafts.stop();
});

test('a client on a server does nothing, started or not', () => {
  const session = createSessionClient();
  session.start();
  session.stop();
  expect(session.getSnapshot().status).toBe('loading');
  expect(session.getSnapshot()).toBe(session.getSnapshot());
  expect(session.getStatus()).toBeNull();
});
