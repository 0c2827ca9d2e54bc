import { existsSync } from 'node:fs';
import { DefaultStackSynthesizer, RemovalPolicy, Stack, Token, Validations } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  type BehaviorOptions,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  type IDistribution,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { DistributionLogs } from './distribution-logs.ts';
import { nameInAccount } from './names.ts';
import { acknowledgeProvider, acknowledgeSite } from './rule-packs.ts';
import { SessionBehaviors } from './session-behaviors.ts';
import type { SessionService } from './session-service.ts';
import {
  CUSTOM_HEADERS,
  contentSecurityPolicy,
  reportingHeaders,
  siteConfiguration,
  strictTransportSecurity,
} from './site-responses.ts';

/** A custom domain for the site. */
export interface SiteDomain {
  /** Host name: `app.example.com`. */
  readonly name: string;
  /** Certificate for it, in us-east-1 (CloudFront takes no other). */
  readonly certificate: ICertificate;
}

/** A built site, and the session service that it stands in front of. */
export interface StaticSiteProps {
  /** Folder with the built site. */
  readonly source: string;
  /** The service under `/api/*`, on the site's own origin. It may be of another stack, and in another region. */
  readonly sessions: SessionService;
  /** A name of yours for the site, which becomes its origin. The DNS record is yours to make: an alias for the distribution. @default the distribution's own name, `*.cloudfront.net` */
  readonly domain?: SiteDomain | undefined;
  /**
   * Behaviors for paths of yours, by their patterns, that come before those of the service: a WebSocket API under `/api/`, for example,
   * which the service's `/api/*` would take otherwise.
   *
   * @default none; `distribution.addBehavior()` adds some that come after
   */
  readonly behaviors?: Readonly<Record<string, BehaviorOptions>> | undefined;
  /** ARN of a WAF web ACL of scope CLOUDFRONT, in us-east-1. @default none */
  readonly webAclArn?: string | undefined;
  /**
   * Requests of one address in 5 minutes, files of the site included: 10 to 2,000,000,000. More get 429, by a web ACL, which costs
   * about $6 a month and $0.60 a million requests. The stack has to be in us-east-1; for another, put {@link AddressRateLimit} into one
   * that is, and take its `webAclArn`.
   *
   * @default any number
   */
  readonly requestsPerAddress?: number | undefined;
  /**
   * Whether `Strict-Transport-Security`, for a year, speaks for every host under the site's own, too: of `example.com`, for
   * `www.example.com` and each other one.
   *
   * @default true
   */
  readonly includeSubdomains?: boolean | undefined;
  /**
   * Numbers of the origin secrets that the site makes and keeps in Secrets Manager, where the service was given none. The
   * first is sent by the distribution, each is accepted. Rotate by `[1, 2]`, `[2, 1]` and `[2]`, a deployment each.
   *
   * @default [1]
   */
  readonly originSecretNumbers?: readonly number[] | undefined;
  /**
   * Sources that pages may use beside their own site's, by the directive of the content security policy:
   * `{ 'connect-src': ['https://api.example.com'], 'frame-src': ['https://player.example.com'] }`. They are added to ours, in place of its
   * `'none'`. A directive without sources is one such as `sandbox`.
   *
   * @default none
   */
  readonly contentSecurityPolicy?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * Whether no text becomes markup or script without a Trusted Types policy (`require-trusted-types-for 'script'`). Set it to
   * false for libraries that write markup and know no Trusted Types.
   *
   * @default true
   */
  readonly requireTrustedTypes?: boolean | undefined;
  /**
   * Names of the Trusted Types policies that scripts of the site may create (`trusted-types`); `[]` forbids all, and Curfew's own
   * scripts need none.
   *
   * @default any may be created
   */
  readonly trustedTypes?: readonly string[] | undefined;
  /**
   * Hashes of the inline scripts that pages may have, as `sha256-…` in base64: of an import map, or of what Next.js writes into
   * a page. No other script runs that is not a file of the site.
   *
   * @default none
   */
  readonly scriptHashes?: readonly string[] | undefined;
  /**
   * Where browsers report what the content security policy of the pages has blocked: a path of the site (`/reports`), or
   * an https address. It gets requests from anyone, and what is in them is the browser's word.
   *
   * @default nowhere
   */
  readonly reportViolationsTo?: string | undefined;
  /**
   * Where the distribution logs requests (standard logging, version 2): any bucket. The stack has to be in us-east-1;
   * for another, put {@link DistributionLogs} into one that is. @default nowhere: the API has its own access log
   */
  readonly logBucket?: IBucket | undefined;
  /** How long the log of the function that copies the site is kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays | undefined;
  /**
   * A private bucket of yours for the files of the site, with nothing else in it. The policy of one that this stack makes lets the
   * distribution read it; to that of one which was made elsewhere you add it yourself: `s3:GetObject` for `cloudfront.amazonaws.com`, where
   * `AWS:SourceArn` is the distribution's. What encrypts it and whether it goes with the stack is yours: `removalPolicy` does not touch it.
   *
   * @default a new one
   */
  readonly bucket?: IBucket | Bucket | undefined;
  /** Of the new bucket and of that log; DESTROY also empties the bucket. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy | undefined;
}

function transportSecurity({ includeSubdomains = true }: StaticSiteProps) {
  return strictTransportSecurity(includeSubdomains);
}

/** A private bucket and a distribution: the site, and the API on the same origin, which `__Host-` cookies need. */
export class StaticSite extends Construct {
  /** The files of the site; only the distribution reads them. */
  readonly bucket: IBucket;
  /** Site and API on one origin. Behaviors for other paths may be added. */
  readonly distribution: Distribution;
  /** Origin of the distribution, or of the domain where one is given. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: StaticSiteProps) {
    super(scope, id);
    if (!existsSync(props.source)) {
      throw new Error(`source: there is no folder ${props.source}; run: npm run build`);
    }
    this.bucket = props.bucket ?? this.newBucket(props);
    this.distribution = this.distribute(props);
    this.behaviors(props);
    this.url = `https://${props.domain?.name ?? this.distribution.distributionDomainName}`;
    if (props.logBucket) {
      // The CDK's own types do not agree under exactOptionalPropertyTypes.
      const distribution = this.distribution as IDistribution;
      new DistributionLogs(this, 'Logs', { distribution, bucket: props.logBucket });
    }
    this.acknowledge(props);
    this.deploy(props);
  }

  private newBucket({ removalPolicy = RemovalPolicy.RETAIN }: StaticSiteProps): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      removalPolicy,
      autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds the published site, and only the distribution reads it',
    });
    return bucket;
  }

  private distribute(props: StaticSiteProps): Distribution {
    const headers = this.responseHeaders(props);
    return new Distribution(this, 'Distribution', {
      comment: 'Curfew: site and API on one origin',
      defaultRootObject: 'index.html',
      // The security policy can be chosen only with a custom certificate.
      ...(props.domain && {
        domainNames: [props.domain.name],
        certificate: props.domain.certificate,
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
      ...(props.webAclArn !== undefined && { webAclId: props.webAclArn }),
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket, {
          originAccessControl: new S3OriginAccessControl(this, 'OriginAccess', {
            originAccessControlName: nameInAccount(this, 's3'),
          }),
        }),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy: headers,
        compress: true,
      },
      ...(props.behaviors && { additionalBehaviors: { ...props.behaviors } }),
    });
  }

  /** Origin secrets of a site that is made with its service have always been the site's own: one that moved would be another. */
  private behaviors(props: StaticSiteProps): void {
    const { sessions, requestsPerAddress, originSecretNumbers } = props;
    const responseHeadersPolicy = new ResponseHeadersPolicy(this, 'ApiHeaders', {
      responseHeadersPolicyName: nameInAccount(this, 'api'),
      comment: 'Curfew: the API is reached by TLS alone',
      securityHeadersBehavior: { strictTransportSecurity: transportSecurity(props) },
    });
    new SessionBehaviors(this, 'Behaviors', {
      sessions,
      distribution: this.distribution,
      pageRoutes: true,
      responseHeadersPolicy,
      requestsPerAddress,
      originSecretNumbers,
      secretScope: Stack.of(sessions) === Stack.of(this) ? this : sessions,
    });
  }

  private responseHeaders(options: StaticSiteProps): ResponseHeadersPolicy {
    const customHeaders = [...CUSTOM_HEADERS, ...reportingHeaders(options)];
    return new ResponseHeadersPolicy(this, 'Headers', {
      responseHeadersPolicyName: nameInAccount(this, 'pages'),
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy(options), override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: transportSecurity(options),
      },
      customHeadersBehavior: {
        customHeaders: customHeaders.map(([header, value]) => ({ header, value, override: true })),
      },
    });
  }

  private acknowledge(props: StaticSiteProps): void {
    if (props.sessions.passesRulePacks) acknowledgeSite(this);
    Validations.of(this.distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Whom the site is for is not known here' },
      ...(props.webAclArn === undefined && props.requestsPerAddress === undefined
        ? [
            {
              id: 'AwsSolutions-CFR2',
              reason: 'webAclArn takes a web ACL; its rules and price are the owner’s',
            },
          ]
        : []),
      {
        id: 'AwsSolutions-CFR3',
        reason: props.logBucket
          ? 'A delivery of version 2 logs the requests, which the rule does not look at'
          : 'The API logs every request; logBucket takes the distribution’s',
      },
      ...(props.domain === undefined
        ? [
            {
              id: 'AwsSolutions-CFR4',
              reason: 'The certificate of *.cloudfront.net has a fixed policy; see domain',
            },
          ]
        : []),
    );
  }

  /** The function that copies the site into the bucket is CDK's own, as are its role and runtime. */
  private acknowledgeDeployment({ sessions }: StaticSiteProps): void {
    const provider = Stack.of(this).node.children.find(({ node }) =>
      node.id.startsWith('Custom::CDKBucketDeployment'),
    );
    if (!provider) return;
    const reason =
      'CDK’s own deployment function, run at deployments only, on the site’s bucket and its assets';
    if (sessions.passesRulePacks) acknowledgeProvider(provider, reason);
    const stack = Stack.of(this);
    const qualifier = stack.synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
    // As the rule shows them: by name where the stack does not say which.
    const [partition, account, region] = (
      [
        [stack.partition, 'AWS::Partition'],
        [stack.account, 'AWS::AccountId'],
        [stack.region, 'AWS::Region'],
      ] as const
    ).map(([value, name]) => (Token.isUnresolved(value) ? `<${name}>` : value));
    const assets = `${partition}:s3:::cdk-${qualifier}-assets-${account}-${region}/*`;
    const { defaultChild } = this.bucket.node;
    const files =
      defaultChild instanceof CfnBucket
        ? `<${Stack.of(this).getLogicalId(defaultChild)}.Arn>`
        : `arn:${partition}:s3:::${this.bucket.bucketName}`;
    Validations.of(provider).acknowledge(
      { id: 'AwsSolutions-L1', reason },
      {
        id: `AwsSolutions-IAM4[Policy::arn:${partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]`,
        reason,
      },
      ...['GetBucket', 'GetObject', 'List', 'Abort', 'DeleteObject'].map((action) => ({
        id: `AwsSolutions-IAM5[Action::s3:${action}*]`,
        reason,
      })),
      { id: `AwsSolutions-IAM5[Resource::arn:${assets}]`, reason },
      { id: 'AwsSolutions-IAM5[Resource::*]', reason },
      { id: `AwsSolutions-IAM5[Resource::${files}/*]`, reason },
    );
  }

  private deploy(props: StaticSiteProps): void {
    const { sessions } = props;
    // Logs are encrypted by keys of their own region.
    const encryptionKey =
      Stack.of(sessions).region === Stack.of(this).region ? sessions.encryptionKey : undefined;
    new BucketDeployment(this, 'Content', {
      destinationBucket: this.bucket,
      // config.json is read by pages before sign-in.
      sources: [
        Source.asset(props.source),
        Source.jsonData('config.json', siteConfiguration(sessions.policy)),
      ],
      // CloudFront asks for each file again after a second, the least that its cache policy allows. So nothing has to be
      // invalidated, which deployments would wait for, and fail with where CloudFront is slow.
      cacheControl: [CacheControl.fromString('public, max-age=0, must-revalidate')],
      // A page that is open loads parts of its own release later.
      prune: false,
      memoryLimit: 256,
      logGroup: new LogGroup(this, 'ContentLogs', {
        retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
        ...(encryptionKey && { encryptionKey }),
        removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      }),
    });
    this.acknowledgeDeployment(props);
  }
}
