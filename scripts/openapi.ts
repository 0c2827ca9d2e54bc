import { writeFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { createDocument, type ZodOpenApiPathsObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { COOKIES } from '../core/contract.ts';
import { type ErrorCode as Code, PROBLEMS } from '../core/errors.ts';
import * as protocol from '../core/protocol.ts';
import { readOwnManifest } from './package-manifest.ts';

/** Where the document is checked in; `/api/openapi.json` serves this very file. */
export const OPENAPI_FILE = 'docs/openapi.json';

const COMPONENTS = {
  SessionStatus: protocol.SessionStatus,
  SessionList: protocol.SessionList,
  TouchRequest: protocol.TouchRequest,
  SessionRequest: protocol.SessionRequest,
  PageRequest: protocol.PageRequest,
  DraftKeyRequest: protocol.DraftKeyRequest,
  DraftKey: protocol.DraftKey,
  RunCheck: protocol.RunCheck,
  RevokeRequest: protocol.RevokeRequest,
  RevokeResponse: protocol.RevokeResponse,
  SignOutResponse: protocol.SignOutResponse,
  Problem: protocol.Problem,
} as const;

const NO_STORE = { 'cache-control': { schema: { type: 'string' as const, const: 'no-store' } } };
const json = (schema: z.ZodMiniType) => ({ content: { 'application/json': { schema } } });
const page = { content: { 'text/html': { schema: { type: 'string' as const } } } };

/** A reply for each status that one of the codes answers with, and for what any request may meet. */
function problems(...codes: Code[]): ZodOpenApiResponsesObject {
  const any = ['ERR_CROSS_SITE', 'ERR_INTERNAL', 'ERR_STORE_UNAVAILABLE', 'ERR_TOO_MANY_REQUESTS'] as const;
  const all = [...new Set<Code>([...codes, ...any])];
  const responses: ZodOpenApiResponsesObject = {};
  for (const { status } of all.map((code) => PROBLEMS[code])) {
    const group = all.filter((code) => PROBLEMS[code].status === status);
    responses[`${status}`] = {
      description: group.map((code) => `${PROBLEMS[code].title} (\`${code}\`)`).join('; '),
      headers: NO_STORE,
      content: { 'application/problem+json': { schema: protocol.Problem } },
    };
  }
  return responses;
}

const ENDED = ['ERR_SESSION_UNKNOWN', 'ERR_SESSION_ENDED', 'ERR_RUN_UNCONFIRMED'] as const;
const POSTED = [
  'ERR_MEDIA_TYPE',
  'ERR_TOO_LARGE',
  'ERR_REQUEST_INVALID',
  'ERR_SESSION_MISSING',
  'ERR_SESSION_MISMATCH',
] as const;

function post(summary: string, body: z.ZodMiniType, success: ZodOpenApiResponsesObject, ...codes: Code[]) {
  return {
    post: {
      summary,
      security: [{ session: [] }],
      requestBody: { required: true, ...json(body) },
      responses: { ...success, ...problems(...POSTED, ...codes) },
    },
  };
}

function read(summary: string, schema: z.ZodMiniType, query?: z.ZodMiniObject) {
  return {
    get: {
      summary,
      security: [{ session: [] }],
      ...(query && { requestParams: { query } }),
      responses: {
        200: { description: 'Live', headers: NO_STORE, ...json(schema) },
        ...problems('ERR_SESSION_MISSING', ...ENDED, ...(query ? (['ERR_REQUEST_INVALID'] as const) : [])),
      },
    },
  };
}

const status = {
  200: { description: 'The session as it is now', headers: NO_STORE, ...json(protocol.SessionStatus) },
};

const MARK_RESPONSES: ZodOpenApiResponsesObject = {
  200: { description: 'What the session is bound to', headers: NO_STORE, ...json(protocol.RunCheck) },
  401: {
    description: 'The browser has shown no mark yet. Told to scripts of the site alone',
    headers: { ...NO_STORE, 'www-authenticate': { schema: { type: 'string' } } },
    ...json(protocol.RunCheck),
  },
  ...problems(),
};

const PATHS: ZodOpenApiPathsObject = {
  '/api/auth/sign-in': {
    get: {
      summary:
        'Goes to the identity provider. Only as a page that the user sees: no fetch, no frame, no prefetch',
      requestParams: { query: protocol.SignInQuery },
      responses: {
        302: {
          description: 'To the identity provider',
          headers: { location: { schema: { type: 'string' } } },
        },
        ...problems('ERR_REQUEST_INVALID'),
        503: { description: 'Goes on to `/?error=<code>`, or says it in the window', ...page },
      },
    },
  },
  '/api/auth/callback': {
    get: {
      summary: 'Comes back from the identity provider, and starts a session',
      requestParams: { query: protocol.CallbackQuery },
      responses: {
        200: {
          description:
            'Goes on to `returnTo`, or to `/?error=<code>`. In a window: tells the tabs and closes it, or says the error',
          ...page,
        },
        ...problems(),
        503: { description: 'Goes on to `/?error=<code>`, or says it in the window', ...page },
      },
    },
  },
  '/api/session': read('The session. Never extends it', protocol.SessionStatus),
  '/api/session/touch': post('The user was active `idleForMs` ago', protocol.TouchRequest, status, ...ENDED),
  '/api/session/sign-out': post('Ends the session, once', protocol.SessionRequest, {
    200: { description: 'Signed out', headers: NO_STORE, ...json(protocol.SignOutResponse) },
  }),
  '/api/session/close': post(
    'The last page is going: starts the close lease, where the policy has one',
    protocol.PageRequest,
    { 202: { description: 'Noted', headers: NO_STORE } },
    ...ENDED,
  ),
  '/api/session/open': post(
    'A live page is here: lifts the close lease. Never extends',
    protocol.PageRequest,
    status,
    ...ENDED,
  ),
  '/api/session/draft-key': post(
    "The user's own key for drafts on this device, or an older one. To be held in memory only. Never extends",
    protocol.DraftKeyRequest,
    { 200: { description: 'The key', headers: NO_STORE, ...json(protocol.DraftKey) } },
    ...ENDED,
    'ERR_NOT_FOUND',
  ),
  '/api/mark': {
    get: {
      summary:
        'Binds a new session to this run of the browser, where the policy does so. From then on browsers show its mark under `/api/`',
      security: [{ session: [] }],
      responses: MARK_RESPONSES,
    },
  },
  '/api/run/set': {
    get: {
      summary: 'As `/api/mark`, for pages of the last release: browsers show the mark under `/api/run/` only',
      deprecated: true,
      security: [{ session: [] }],
      responses: MARK_RESPONSES,
    },
  },
  '/api/run/check': {
    get: {
      summary: 'Whether this is the run of the browser that the session was begun in',
      security: [{ session: [] }],
      requestParams: { query: protocol.RunCheckQuery },
      responses: {
        200: { description: 'Which run this is', headers: NO_STORE, ...json(protocol.RunCheck) },
        ...problems(),
      },
    },
  },
  '/api/sessions': read(
    "The user's live sessions, newest first, a page at a time",
    protocol.SessionList,
    protocol.SessionListQuery,
  ),
  '/api/sessions/revoke': post(
    "Ends one, all others, or all of the user's sessions. All includes sign-ins that are under way",
    protocol.RevokeRequest,
    { 200: { description: 'How many this ended', headers: NO_STORE, ...json(protocol.RevokeResponse) } },
    ...ENDED,
    'ERR_NOT_FOUND',
  ),
  '/api/openapi.json': {
    get: {
      summary: 'This document',
      responses: {
        200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: { type: 'object' } } } },
        ...problems(),
      },
    },
  },
};

/** The OpenAPI 3.1 document of the wire contract, made from the schemas that the functions parse with. */
export function openApiDocument(version: string): ReturnType<typeof createDocument> {
  for (const [id, schema] of Object.entries(COMPONENTS)) z.globalRegistry.add(schema, { id });
  return createDocument({
    openapi: '3.1.1',
    info: { title: 'Curfew', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    components: {
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: COOKIES.session } },
    },
    paths: PATHS,
  });
}

/** The document as it is checked in. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(readOwnManifest().version), null, 2)}\n`;
}

if (import.meta.main) {
  await writeFile(OPENAPI_FILE, openApiText());
  console.log(`wrote ${OPENAPI_FILE}`);
}
