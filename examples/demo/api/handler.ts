import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { type GuardEntryOptions, type GuardedEvent, sessionGuard } from 'curfew/guard';
import { readText } from './body.ts';
import type { Note, NoteStore } from './notes.ts';
import { notesPage } from './page.ts';
import { errorReplies, jsonReply } from './replies.ts';

export interface NotesHandlerOptions {
  readonly notes: NoteStore;
  /** Epoch ms. */
  readonly now: () => number;
  /** For tests: a guard over a store in memory. @default the guard that `SessionService.protect()` configures */
  readonly guard?: GuardEntryOptions;
}

type Result = APIGatewayProxyStructuredResultV2;

/**
 * The application's API behind the guard: a list that the site polls in the background, which extends no session; a
 * save, which does; and a page that tells an ended session so in its own words.
 */
export function createNotesHandler({ notes, now, guard = {} }: NotesHandlerOptions) {
  const list = middy()
    .use(sessionGuard(guard))
    .use(errorReplies())
    .handler(async ({ curfew: { session } }) => jsonReply(200, { notes: await notes.list(session.subject) }));

  const save = middy()
    .use(sessionGuard(guard))
    .use(errorReplies())
    .handler(async (event) => {
      const note: Note = { text: readText(event), savedAt: now() };
      await notes.save(event.curfew.session.subject, note);
      return jsonReply(201, note);
    });

  const page = middy()
    .use(sessionGuard({ ...guard, onEnded: 'attach', bounce: true }))
    .use(errorReplies())
    .handler(({ curfew: { session } }) => notesPage(session, notes.list));

  const handlers = new Map<string, (event: GuardedEvent, context: Context) => Promise<Result>>([
    ['GET /api/notes', list],
    ['POST /api/notes', save],
    ['GET /api/notes/page', page],
  ]);
  return (event: APIGatewayProxyEventV2, context: Context): Promise<Result> => {
    const handler = handlers.get(event.routeKey);
    if (!handler)
      throw new Error(`the stack has a route that this function does not know: ${event.routeKey}`);
    // The guard of each handler adds the session before anything reads it.
    return handler(event as GuardedEvent, context);
  };
}
