/**
 * The CDK constructs: the session service, and a site in front of it. Needs `aws-cdk-lib`.
 *
 * @module
 */

export type { EndReason } from '../core/contract.ts';
export {
  definePolicy,
  type Policy as PolicyRules,
  type PolicyInput,
  PRESETS,
  type PresetName,
} from '../core/policy.ts';
export { AddressRateLimit, type AddressRateLimitProps } from './constructs/address-rate-limit.ts';
export { type CognitoIdentityProps, CognitoPool } from './constructs/cognito-identity.ts';
export { DistributionLogs, type DistributionLogsProps } from './constructs/distribution-logs.ts';
export * from './constructs/identity.ts';
export type { SessionServiceAttributes } from './constructs/imported-service.ts';
export * from './constructs/observability.ts';
export type { Throttle } from './constructs/session-api.ts';
export type { SessionBehaviors, SessionBehaviorsOptions } from './constructs/session-behaviors.ts';
export { Policy, type PolicyProps } from './constructs/session-policy.ts';
export * from './constructs/session-service.ts';
export type { ISessionService } from './constructs/session-service-base.ts';
export { SessionTable, type SessionTableProps } from './constructs/session-table.ts';
export { type SiteDomain, StaticSite, type StaticSiteProps } from './constructs/static-site.ts';
export type { UserPoolIdentityProps } from './constructs/user-pool-identity.ts';
