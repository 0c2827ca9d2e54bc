import { Browser } from '../support/sign-in.ts';
import { Aws } from './aws.ts';
import { STACK } from './cdk.ts';
import { type Front, startFront } from './front.ts';

/** The site's origin as the deployed functions know it. */
export const SITE_URL = 'https://curfew.test';

export interface BusEvent {
  readonly 'detail-type': string;
  readonly source: string;
  readonly detail: Record<string, unknown>;
}

// biome-ignore lint/suspicious/noExplicitAny: replies are data, and the assertions say what is in them
export type Body = Record<string, any>;

/** A POST as a page of the site makes it. */
export function post(
  body: object,
  headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' },
): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: SITE_URL, ...headers },
    body: JSON.stringify(body),
  };
}

/** A browser for which the site's name leads to the front of the deployed API. */
export class SiteBrowser extends Browser {
  private readonly front: string;

  constructor(front: string) {
    super();
    this.front = front;
  }

  override request(url: string, init: RequestInit = {}): Promise<Response> {
    return super.request(url.replace(SITE_URL, this.front), init);
  }

  /** What it sends as its session, as a header. */
  sessionCookie(): { cookie: string } {
    return { cookie: `__Host-session=${this.cookie(this.front, '__Host-session')}` };
  }

  /** `GET /api/session`. */
  async status(headers: Record<string, string> = {}): Promise<{ reply: Response; body: Body }> {
    const reply = await this.request(`${SITE_URL}/api/session`, { headers });
    return { reply, body: (await reply.json()) as Body };
  }
}

/** The stack on the emulator, with what is needed to ask it. */
export interface Deployed {
  readonly aws: Aws;
  readonly tableName: string;
  readonly serviceName: string;
  /** Address of the API, past the distribution. */
  readonly apiUrl: string;
  readonly serviceSecretArn: string;
  newBrowser(): SiteBrowser;
  /** What the bus has carried about a session so far. */
  eventsAbout(sessionId: string, type: string): Promise<BusEvent[]>;
  close(): Promise<void>;
}

/** @param origin what the distribution has for the API's address */
export async function openDeployed(endpoint: string, origin: Front, stack = STACK): Promise<Deployed> {
  const aws = new Aws(endpoint);
  const { ApiId, TableName, ServiceName, HeardUrl, ServiceSecretArn, DistributionName } =
    await aws.outputs(stack);
  if (!ApiId || !TableName || !ServiceName || !HeardUrl || !ServiceSecretArn || !DistributionName)
    throw new Error('the stack has not all of its outputs');
  origin.leadTo(`${ApiId}.execute-api.localhost:${new URL(endpoint).port}`);
  // Without TLS, the emulator takes a viewer's word for it.
  const front = await startFront(endpoint, { 'x-forwarded-proto': 'https' });
  front.leadTo(DistributionName);
  const events: BusEvent[] = [];
  return {
    aws,
    tableName: TableName,
    serviceName: ServiceName,
    apiUrl: origin.url,
    serviceSecretArn: ServiceSecretArn,
    newBrowser: () => new SiteBrowser(front.url),
    async eventsAbout(sessionId, type) {
      events.push(...((await aws.receive(HeardUrl)) as BusEvent[]));
      return events.filter(
        (event) =>
          event.source === 'curfew' && event['detail-type'] === type && event.detail.sessionId === sessionId,
      );
    },
    close: front.close,
  };
}
