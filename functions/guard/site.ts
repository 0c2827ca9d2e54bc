import { BASE_PATH } from '../../core/contract.ts';
import { isWebAddress, OriginSecrets } from '../environment.ts';
import type { GuardOptions } from './options.ts';

/** Path segments of letters, digits, `_` and `-`. */
const PATH = /^(?:\/[\w-]+)+$/;

/** @throws Error naming the option of which nothing could be compared with a request */
export function assertSite({
  siteUrl,
  originSecrets = [],
  basePath = BASE_PATH,
}: Pick<GuardOptions, 'siteUrl' | 'originSecrets' | 'basePath'>): void {
  if (siteUrl !== undefined && !isWebAddress(siteUrl)) {
    throw new Error(`the option siteUrl must be an origin like https://app.example.com, not '${siteUrl}'`);
  }
  // An empty one would accept the requests that have none.
  const isNone = Array.isArray(originSecrets) && originSecrets.length === 0;
  if (!isNone && !OriginSecrets.safeParse(originSecrets).success) {
    throw new Error('the option originSecrets must have 32 or more characters in each, ASCII without spaces');
  }
  if (!PATH.test(basePath)) {
    throw new Error(`the option basePath must be a path like /api, not '${basePath}'`);
  }
}
