import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  type Profile,
  Strategy as SamlStrategy,
  ValidateInResponseTo,
  type VerifiedCallback,
} from '@node-saml/passport-saml';
import { type Guarded, sessionGuard } from 'curfew/express';
import { type CurfewOptions, createCurfew, nodeHandler, sendResponse } from 'curfew/server';
import express, { type Application } from 'express';
import passport from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';

declare global {
  namespace Express {
    /** Requests behind the guard have a session. */
    interface Request {
      curfew: Guarded;
    }
    /** What a strategy says of a user. */
    interface User {
      id: string;
      name: string;
    }
  }
}

/** What the logins need to know. */
export interface Logins {
  /** Checks a password. */
  readonly findUser: (name: string, password: string) => Promise<Express.User | undefined>;
  /** The SAML provider: where it is asked, and the certificate of its signatures. */
  readonly saml: { readonly entryPoint: string; readonly idpCert: string; readonly issuer: string };
  /** Signs what a sign-in under way remembers in the browser. */
  readonly secret: string;
}

/** What a sign-in under way remembers until the provider answers. */
interface UnderWay {
  /** Comes back in the form that the provider lets the browser post. */
  readonly relayState: string;
  /** The session that this browser had. */
  readonly supersedes: string | undefined;
}

/** An application whose users sign in by passport: with a password, or at a SAML provider. */
export function createApp({ findUser, saml, secret }: Logins, options: CurfewOptions): Application {
  const curfew = createCurfew(options);
  const authenticator = new passport.Passport();
  authenticator.use(
    new LocalStrategy((name, password, done) => {
      findUser(name, password).then((user) => done(null, user ?? false), done);
    }),
  );
  const provider = new SamlStrategy(
    {
      ...saml,
      callbackUrl: `${options.siteUrl}/saml/acs`,
      audience: saml.issuer,
      // Or the provider's own session would sign in again whom the idle timeout has signed out.
      forceAuthn: true,
      disableRequestedAuthnContext: true,
      // The assertion's signature is what counts.
      wantAuthnResponseSigned: false,
      identifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      // Each response counts once. Several processes need a `cacheProvider` that they share.
      validateInResponseTo: ValidateInResponseTo.always,
    },
    userOf,
    userOf,
  );
  // Its types are those of Express 4.
  authenticator.use(provider as unknown as passport.Strategy);

  const app = express();
  app.use(nodeHandler(curfew));

  app.post(
    '/login',
    express.urlencoded(),
    authenticator.authenticate('local', { session: false }),
    async (request, response) => {
      const { page } = await curfew.signIn(request, whoOf(request));
      await sendResponse(response, page('/orders'));
    },
  );

  app.get('/saml/login', async (request, response, next) => {
    const { session } = await curfew.check(request, { onMissing: 'attach', onEnded: 'attach' });
    const relayState = randomBytes(32).toString('base64url');
    const supersedes = session?.state === 'active' ? session.sessionId : undefined;
    // None: the provider lets the browser post its answer from another site.
    response.cookie('__Host-saml', sign({ relayState, supersedes }, secret), {
      httpOnly: true,
      secure: true,
      sameSite: 'none',
      maxAge: 600_000,
    });
    // Of the strategy alone: passport's own types do not know it.
    const options = { session: false, additionalParams: { RelayState: relayState } } as object;
    authenticator.authenticate('saml', options)(request, response, next);
  });

  app.post('/saml/acs', express.urlencoded({ limit: '1mb' }), (request, response, next) => {
    const underWay = read(request.headers.cookie, secret);
    // Another site can post an answer that is meant for somebody else, but not with what this browser alone was given.
    if (!underWay || underWay.relayState !== request.body?.RelayState) return void response.sendStatus(403);
    response.locals.supersedes = underWay.supersedes;
    next();
  });
  app.post('/saml/acs', authenticator.authenticate('saml', { session: false }), async (request, response) => {
    const { supersedes } = response.locals;
    const { page } = await curfew.signIn(request, {
      ...whoOf(request),
      crossSite: 'verified',
      supersedes,
    });
    const answer = page('/orders');
    answer.headers.append('set-cookie', '__Host-saml=; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=0');
    await sendResponse(response, answer);
  });

  app.get('/orders', sessionGuard(curfew.guard), ({ curfew: { session } }, response) => {
    response.json({ orderedBy: session.user.name });
  });
  return app;
}

function userOf(profile: Profile | null, done: VerifiedCallback): void {
  done(null, profile ? { id: profile.nameID, name: profile.nameID } : undefined);
}

function whoOf({ user }: express.Request) {
  if (!user) throw new Error('a strategy that succeeds has a user');
  return { subject: user.id, user: { name: user.name } };
}

function sign(underWay: UnderWay, secret: string): string {
  const text = Buffer.from(JSON.stringify(underWay)).toString('base64url');
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

function read(cookies: string | undefined, secret: string): UnderWay | undefined {
  const [, text = '', signature = ''] = /(?:^|; )__Host-saml=([\w-]+)\.([\w-]{43})/.exec(cookies ?? '') ?? [];
  const expected = createHmac('sha256', secret).update(text).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  return JSON.parse(Buffer.from(text, 'base64url').toString());
}
