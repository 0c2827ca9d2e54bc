import { expect, test } from '@jest/globals';
import { createElement, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { createSessionClient } from '../../../web/client/index.ts';
import { SessionTimeoutDialog, useSession } from '../../../web/react/index.ts';

test('renders on a server, where there is no document, as «loading»', () => {
  const session = createSessionClient();
  const Status = () => createElement('p', null, useSession(session).status);
  const html = renderToString(
    createElement(StrictMode, null, createElement(Status), createElement(SessionTimeoutDialog, { session })),
  );
  expect(html).toBe('<p>loading</p><session-timeout-dialog></session-timeout-dialog>');
});

test('a client on a server does nothing, started or not', () => {
  const session = createSessionClient();
  session.start();
  session.stop();
  expect(session.getSnapshot().status).toBe('loading');
  expect(session.getSnapshot()).toBe(session.getSnapshot());
  expect(session.getStatus()).toBeNull();
});
