import { expect, test } from '@jest/globals';
import { readOriginHeaders, readSite } from '../../../local/template/site.ts';

const source = (Type: string, Properties: Record<string, unknown>) => ({
  template: { Resources: { It: { Type, Properties }, Secret: { Type: 'AWS::SecretsManager::Secret' } } },
  parameters: {},
});

test('Strict-Transport-Security is not for localhost; the other headers are the template’s', () => {
  const policy = source('AWS::CloudFront::ResponseHeadersPolicy', {
    ResponseHeadersPolicyConfig: {
      SecurityHeadersConfig: {
        ContentSecurityPolicy: { ContentSecurityPolicy: "default-src 'none'" },
        StrictTransportSecurity: { AccessControlMaxAgeSec: 1 },
        ContentTypeOptions: { Override: true },
        FrameOptions: { FrameOption: 'DENY' },
      },
      CustomHeadersConfig: { Items: [{ Header: 'x-a', Value: '1' }] },
    },
  });
  expect(readSite(policy, { ...policy, assets: new Map() }).headers).toEqual([
    ['content-security-policy', "default-src 'none'"],
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
    ['x-a', '1'],
  ]);
});

test('what is deployed into the bucket: of two objects of a name, the later source’s', () => {
  const deployment = source('Custom::CDKBucketDeployment', {
    SourceObjectKeys: ['a.zip', 'b.zip'],
    SystemMetadata: { 'cache-control': 'no-cache' },
  });
  const assets = new Map([
    ['a.zip', '/a'],
    ['b.zip', '/b'],
  ]);
  expect(readSite(deployment, { ...deployment, assets })).toEqual({
    folders: ['/b', '/a'],
    headers: [],
    cacheControl: 'no-cache',
  });
});

test('the headers that the distribution adds on the way to the API, and none for the bucket', () => {
  const HeaderValue = { 'Fn::Join': ['', ['{{resolve:', { Ref: 'Secret' }, '}}']] };
  const OriginCustomHeaders = [{ HeaderName: 'x-curfew-origin', HeaderValue }];
  const distribution = source('AWS::CloudFront::Distribution', {
    DistributionConfig: {
      Origins: [
        { S3OriginConfig: {}, OriginCustomHeaders: [{ HeaderName: 'x-bucket', HeaderValue: '1' }] },
        { CustomOriginConfig: {}, OriginCustomHeaders },
      ],
    },
  });
  expect(readOriginHeaders(distribution)).toEqual([['x-curfew-origin', '{{resolve:Secret}}']]);
});
