import * as z from 'zod';
import type { SiteOptions } from '../http/site.ts';
import type { Assembly } from './assembly.ts';
import type { Source } from './intrinsics.ts';
import { findResources, resolvedText } from './resources.ts';

const Deployment = z.object({
  SourceObjectKeys: z.array(z.string()),
  SystemMetadata: z.optional(z.object({ 'cache-control': z.optional(z.string()) })),
});

const HeadersPolicy = z.object({
  ResponseHeadersPolicyConfig: z.object({
    CustomHeadersConfig: z.optional(
      z.object({ Items: z.array(z.object({ Header: z.string(), Value: z.string() })) }),
    ),
    SecurityHeadersConfig: z.optional(
      z.object({
        ContentSecurityPolicy: z.optional(z.object({ ContentSecurityPolicy: z.string() })),
        ContentTypeOptions: z.optional(z.object({})),
        FrameOptions: z.optional(z.object({ FrameOption: z.string() })),
        ReferrerPolicy: z.optional(z.object({ ReferrerPolicy: z.string() })),
      }),
    ),
  }),
});

/** The static site: what is deployed into its bucket, and the headers that the distribution adds. */
export function readSite(source: Source, { assets }: Assembly): SiteOptions {
  const [deployment] = findResources(source, 'Custom::CDKBucketDeployment', Deployment);
  const folders = deployment?.properties.SourceObjectKeys.map((key) => assets.get(key)) ?? [];
  return {
    // A later source overwrites an earlier one's object of the same name.
    folders: folders.filter((folder) => folder !== undefined).reverse(),
    headers: readSiteHeaders(source),
    cacheControl: deployment?.properties.SystemMetadata?.['cache-control'],
  };
}

/**
 * The headers that a ResponseHeadersPolicy adds. Strict-Transport-Security is left out: on `localhost` it would send
 * the browser to a TLS port that no local server has, for a year.
 */
function readSiteHeaders(source: Source): [string, string][] {
  const [policy] = findResources(source, 'AWS::CloudFront::ResponseHeadersPolicy', HeadersPolicy);
  const { SecurityHeadersConfig: security = {}, CustomHeadersConfig: custom } =
    policy?.properties.ResponseHeadersPolicyConfig ?? {};
  const headers: [string, string | undefined][] = [
    ['content-security-policy', security.ContentSecurityPolicy?.ContentSecurityPolicy],
    ['x-content-type-options', security.ContentTypeOptions && 'nosniff'],
    ['x-frame-options', security.FrameOptions?.FrameOption],
    ['referrer-policy', security.ReferrerPolicy?.ReferrerPolicy],
    ...(custom?.Items ?? []).map(({ Header, Value }): [string, string] => [Header, Value]),
  ];
  return headers.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

/** Headers that the distribution adds to what it sends to the API. */
export function readOriginHeaders(source: Source): [string, string][] {
  const distribution = z.object({
    DistributionConfig: z.object({
      Origins: z.array(
        z.object({
          CustomOriginConfig: z.optional(z.unknown()),
          OriginCustomHeaders: z._default(
            z.array(z.object({ HeaderName: z.string(), HeaderValue: resolvedText(source) })),
            [],
          ),
        }),
      ),
    }),
  });
  return findResources(source, 'AWS::CloudFront::Distribution', distribution)
    .flatMap(({ properties }) => properties.DistributionConfig.Origins)
    .filter((origin) => origin.CustomOriginConfig !== undefined)
    .flatMap((origin) => origin.OriginCustomHeaders)
    .map(({ HeaderName, HeaderValue }) => [HeaderName, HeaderValue]);
}
