import type { CfnDistribution } from 'aws-cdk-lib/aws-cloudfront';

/** An entry of a distribution's error responses, as the CDK writes it. */
export type ErrorResponse = CfnDistribution.CustomErrorResponseProperty;

/**
 * CloudFront keeps these for 10 s unless it is told otherwise, whatever `cache-control` and the cache policy say, under a key without
 * query and cookie: one user's 404 of a guarded path would be another's, and a 503 everybody's. Others (400, 403) it keeps
 * only where `cache-control` says so.
 */
const KEPT = [404, 405, 414, 500, 501, 502, 503, 504] as const;

/**
 * Error responses with which no error is kept: those of a distribution, and what they lack. They are the whole distribution's, so a
 * page for an error would be the API's answer, too. A page for an outage may be, with its own status.
 *
 * @throws Error naming the one that keeps an error or puts a page in the place of the API's replies
 */
export function withoutKeptErrors(given: readonly ErrorResponse[]): ErrorResponse[] {
  for (const response of given) check(response);
  const known = new Set(given.map(({ errorCode }) => errorCode));
  const lacking = KEPT.filter((errorCode) => !known.has(errorCode));
  return [...given, ...lacking.map((errorCode) => ({ errorCode, errorCachingMinTtl: 0 }))];
}

function check({
  errorCode,
  errorCachingMinTtl: ttl,
  responseCode,
  responsePagePath: page,
}: ErrorResponse): void {
  const isChanged = page !== undefined || responseCode !== undefined;
  if (isChanged && !(errorCode >= 500 && responseCode === errorCode)) {
    throw new Error(
      `errorResponses: ${errorCode} gets a page, and so would the API's ${errorCode}; leave it out, and set pageRoutes: true if it is for the routes of a page`,
    );
  }
  if (ttl !== 0) {
    throw new Error(
      `errorResponses: ${errorCode} is kept for ${ttl ?? 10} s, and one user's is given to others; set ttl: Duration.seconds(0)`,
    );
  }
}
