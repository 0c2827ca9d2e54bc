import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { EndReason } from '../../core/contract.ts';
import type { GuardOptions } from '../guard/guard.ts';
import { type GuardedEvent, sessionGuard } from '../guard/middy.ts';
import { bodyLimit, bodySchema } from '../http/body.ts';
import { escapeHtml } from '../http/page.ts';
import type { StackEvent } from '../http/request.ts';
import { toResult } from '../http/result.ts';
import { answerProblems, type HttpHandler, type StackOptions } from '../http/stack.ts';
import { NewNote, type Note, type NoteStore } from './notes.ts';

export interface NotesOptions extends Omit<StackOptions, 'routes'>, GuardOptions {
  readonly siteUrl: string;
  readonly notes: NoteStore;
}

type Result = APIGatewayProxyStructuredResultV2;
type Guarded<Options> = GuardedEvent<Options> & StackEvent;

/**
 * The API of the demo application, guarded as a user's own would be: a list that is polled in the background and
 * extends nothing, a save that does, and a page that tells an ended session in its own words.
 */
export function createNotesHandler(options: NotesOptions): HttpHandler {
  const { notes, store, now, siteUrl, observer } = options;
  const rules = { store, now, siteUrl, observer };

  const list = middy<Guarded<typeof rules>, Result>()
    .use(sessionGuard(rules))
    .handler(async ({ session }) => toResult({ body: { notes: await notes.list(session.subject) } }));

  const save = middy<Guarded<typeof rules>, Result>()
    .use(sessionGuard(rules))
    .use(bodyLimit())
    .use(httpJsonBodyParser() as unknown as middy.MiddlewareObj<Guarded<typeof rules>, Result>)
    .use(bodySchema(NewNote))
    .handler(async ({ session, parsed, now: savedAt }) => {
      const note: Note = { ...(parsed as { text: string }), savedAt };
      await notes.save(session.subject, note);
      return toResult({ status: 201, body: note });
    });

  const pageRules = { ...rules, onEnded: 'attach', bounce: true } as const;
  const page = middy<Guarded<typeof pageRules>, Result>()
    .use(sessionGuard(pageRules))
    .handler(async ({ session }) =>
      session.state === 'ended'
        ? htmlPage('You have been signed out', `<p>${REASONS[session.reason]}</p>${SIGN_IN}`)
        : htmlPage('Your notes', listItems(await notes.list(session.subject))),
    );

  return middy<StackEvent, Result>()
    .use(answerProblems(options))
    .handler(
      httpRouter([
        { method: 'GET', path: '/api/notes', handler: list as never },
        { method: 'POST', path: '/api/notes', handler: save as never },
        { method: 'GET', path: '/api/notes/page', handler: page as never },
      ]) as never,
    ) as unknown as HttpHandler;
}

const SIGN_IN = '<p><a href="/api/auth/sign-in?returnTo=%2Fapi%2Fnotes%2Fpage">Sign in again</a></p>';

/** The application's own words: this is what `onEnded: 'attach'` is for. */
const REASONS: Readonly<Record<EndReason, string>> = {
  idle: 'There was no activity for a while, so your session was ended for your security.',
  absolute: 'Your session reached its longest possible duration.',
  closed: 'Your session ended when the browser was closed.',
  'signed-out': 'You signed out.',
  revoked: 'Your session was ended from another device or by an administrator.',
  superseded: 'You signed in again in this browser.',
};

function listItems(notes: readonly Note[]): string {
  const items = notes.map(({ text }) => `<li>${escapeHtml(text)}</li>`);
  return items.length === 0 ? '<p>None yet.</p>' : `<ul>${items.join('')}</ul>`;
}

function htmlPage(title: string, content: string): Result {
  return toResult({
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    },
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${content}</html>\n`,
  });
}
