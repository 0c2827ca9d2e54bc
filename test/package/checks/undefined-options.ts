import { createSessionClient } from 'curfew/client';
import { keepDrafts } from 'curfew/drafts';
import { SessionTimeoutDialog } from 'curfew/react';

/** What is left out may as well be undefined, where a page passes on what it may not have. Nothing here ever runs. */
export function ofAPage(maybe: { ms?: number; text?: string; storage?: Storage }): unknown[] {
  const { ms, text, storage } = maybe;
  const session = createSessionClient({
    baseUrl: text,
    warnBeforeMs: ms,
    keepAliveIntervalMs: ms,
    activityEvents: undefined,
    activityFilter: undefined,
    clock: undefined,
    fetch: undefined,
    storage,
    channelName: text,
  });
  return [
    session.holdActive(Promise.resolve(), { maxMs: ms }),
    keepDrafts(session, {
      root: undefined,
      storage,
      page: text,
      maxAgeMs: ms,
      baseUrl: text,
      now: undefined,
      onChange: undefined,
    }),
    SessionTimeoutDialog({
      session,
      texts: undefined,
      signInHref: text,
      focusFallback: text,
      onSignedOut: undefined,
      onEnded: undefined,
    }),
  ];
}
