import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ActiveSession, EndedSession } from 'curfew/guard';
import type { Note } from './notes.ts';

/** The application's own words for each reason: `onEnded: 'attach'` leaves the telling to the handler. */
const REASONS: Readonly<Record<EndedSession['reason'], string>> = {
  idle: 'There was no activity for a while, so your session was ended for your security.',
  absolute: 'Your session reached its longest possible duration.',
  closed: 'Your session ended when the browser was closed.',
  'signed-out': 'You signed out.',
  revoked: 'Your session was ended from another device or by an administrator.',
  superseded: 'You signed in again in this browser.',
};

/** A service that was deployed later than this function may know more reasons. */
const UNKNOWN_REASON = 'Your session has ended.';

const SIGN_IN = '<p><a href="/api/auth/sign-in?returnTo=%2Fapi%2Fnotes%2Fpage">Sign in again</a></p>';

/** The user's notes as a page, or why there are none to be seen. */
export async function notesPage(
  session: ActiveSession | EndedSession,
  list: (subject: string) => Promise<readonly Note[]>,
): Promise<APIGatewayProxyStructuredResultV2> {
  return session.state === 'ended'
    ? htmlReply('You have been signed out', `<p>${REASONS[session.reason] ?? UNKNOWN_REASON}</p>${SIGN_IN}`)
    : htmlReply('Your notes', noteList(await list(session.subject)));
}

function noteList(notes: readonly Note[]): string {
  const items = notes.map(({ text }) => `<li>${escapeHtml(text)}</li>`);
  return items.length === 0 ? '<p>None yet.</p>' : `<ul>${items.join('')}</ul>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function htmlReply(title: string, content: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${content}</html>\n`,
  };
}
