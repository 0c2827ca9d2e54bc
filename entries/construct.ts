export type { EndReason } from '../core/lifecycle.ts';
export { definePolicy, type Policy as PolicyRules, PRESETS, type PresetName } from '../core/policy.ts';
export * from '../infra/constructs/cognito-identity.ts';
export * from '../infra/constructs/identity.ts';
export * from '../infra/constructs/observability.ts';
export { Policy, type PolicyProps } from '../infra/constructs/session-policy.ts';
export * from '../infra/constructs/session-service.ts';
export { SessionTable, type SessionTableProps } from '../infra/constructs/session-table.ts';
export { type SiteDomain, StaticSite, type StaticSiteProps } from '../infra/constructs/static-site.ts';
