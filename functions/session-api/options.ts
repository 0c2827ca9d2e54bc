import type { BrowserClose } from '../../core/contract.ts';
import type { Provider } from '../auth/provider.ts';
import type { DraftKeys } from '../service-secret/draft-keys.ts';
import type { BindingStore } from '../store/binding-store.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { SubjectStore } from '../store/subject-store.ts';

/** What the routes of the session API work with. */
export interface SessionOptions {
  readonly store: SessionStore & BindingStore & SubjectStore;
  /** Origin of the site as users see it. */
  readonly siteOrigin: string;
  /** Where sign-out continues. Left out: it ends here. */
  readonly provider?: Pick<Provider, 'signOutUrl'> | undefined;
  /** Sign-out sends `Clear-Site-Data`: it takes the host application's storage too, drafts included. */
  readonly clearSiteData: boolean;
  /** What new sessions are bound to: where it is only the cookie, no browser is ever challenged. @default 'cookie' */
  readonly browserClose?: BrowserClose | undefined;
  /** The keys that the page encrypts drafts with. Left out: it is given none, and keeps drafts in memory. */
  readonly draftKeys?: DraftKeys | undefined;
  /** The OpenAPI document of this very API. */
  readonly openapi: object;
}
