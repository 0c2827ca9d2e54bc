import { isWebAddress, OriginSecrets } from '../environment.ts';
import type { GuardOptions } from './options.ts';

/** @throws Error naming the option of which nothing could be compared with a request */
export function assertSite({
  siteUrl,
  originSecrets = [],
}: Pick<GuardOptions, 'siteUrl' | 'originSecrets'>): void {
  if (siteUrl !== undefined && !isWebAddress(siteUrl)) {
    throw new Error(`the option siteUrl must be an origin like https://app.example.com, not '${siteUrl}'`);
  }
  // An empty one would accept the requests that have none.
  if (originSecrets.length > 0 && !OriginSecrets.safeParse(originSecrets).success) {
    throw new Error('the option originSecrets must have 32 or more characters in each, ASCII without spaces');
  }
}
