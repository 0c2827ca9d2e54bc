import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IEventBus, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Alias, IFunction, Version } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import {
  type EndReason,
  EVENT_SOURCE,
  EVENT_TYPES,
  type FunctionEnvironment,
  GUARDED_ATTRIBUTES,
} from '../../core/contract.ts';
import { grantIndex, grantRows, grantSessions } from './grants.ts';
import { addVariables } from './guarded.ts';
import { endedMetric, type SessionMetric, sessionMetric } from './metrics.ts';
import type { OriginSecrets } from './origin-secrets.ts';

/** A session service, made here or elsewhere: what guards, listens and measures takes one of these. */
export interface ISessionService extends IConstruct {
  /** The one table. */
  readonly table: ITableV2;
  /** Origin of the site, no trailing slash. */
  readonly siteUrl: string;
  /** Which of the services in an account and region this is: `service` of its metrics and events. */
  readonly serviceName: string;
  /** Variables of a server, a container or a function whose handlers are guarded. `protect()` sets them itself. */
  readonly guardEnvironment: Record<string, string>;
  /** Prepares a function whose handler is guarded by `sessionGuard()`. */
  protect(handler: IFunction | Alias | Version): Grant;
  /** Allows what a guard does: reading sessions, sliding them, and ending the expired ones. */
  grantGuard(grantee: IGrantable): Grant;
  /** Allows ending other people's sessions. */
  grantRevoke(grantee: IGrantable): Grant;
  /** Sends the end of every session to a target. */
  onSessionEnded(id: string, target: IRuleTarget): Rule;
  /** Sends the beginning of every session to a target. */
  onSessionStarted(id: string, target: IRuleTarget): Rule;
  /** A metric of this service. */
  metric(name: SessionMetric, statistic?: string): Metric;
  /** Sessions of this service that ended for one reason. */
  metricSessionsEnded(reason: EndReason): Metric;
  /** How late ended sessions of this service were announced, ms. */
  metricExpiryLateness(statistic?: string): Metric;
}

/** What a service that is made here and one that is made elsewhere have in common. */
export abstract class SessionServiceBase extends Construct implements ISessionService {
  abstract readonly table: ITableV2;
  abstract readonly siteUrl: string;
  abstract readonly serviceName: string;

  protected abstract readonly store: FunctionEnvironment;
  protected abstract readonly originSecrets: OriginSecrets;

  /**
   * Variables of a server, a container or a function of yours whose handlers are guarded, which {@link grantGuard} allows
   * what they do: `environment: sessions.guardEnvironment`. `protect()` sets them itself. With the origin secret, where there
   * is one: as with the functions, whoever may read the environment can read it. Read this after a `StaticSite` that brings
   * the secret is made.
   */
  get guardEnvironment(): Record<string, string> {
    const secret = this.originSecrets.settled();
    return { ...this.store, SITE_URL: this.siteUrl, ...(secret !== undefined && { ORIGIN_SECRET: secret }) };
  }

  /**
   * Prepares a function whose handler is guarded by `sessionGuard()`: the variables that it reads, and the permission of
   * {@link grantGuard}. Of an alias or a version, it prepares the function: `currentVersion` is another one then, which has
   * the variables, but a version that was published before has not. (An alias is an `IFunction`, but not for TypeScript under
   * `exactOptionalPropertyTypes`.)
   *
   * @throws Error for a function that was made elsewhere (`Function.fromFunctionArn()`), naming the variables to set there, and for
   * one in another region than the service, for which {@link SessionService.fromAttributes} is
   */
  protect(handler: IFunction | Alias | Version): Grant {
    this.checkReach(handler);
    addVariables(handler, this.guardVariables);
    return this.grantGuard(handler);
  }

  /**
   * Allows what a guard does: reading sessions, sliding them, and ending the expired ones. A container or a server of yours
   * that guards its handlers needs it; `protect()` includes it. It allows no sign-in to be read, and no row to be written
   * that is a session: nothing of a row's secret, owner, absolute limit or rules.
   */
  grantGuard(grantee: IGrantable): Grant {
    return grantSessions(grantee, this.table, GUARDED_ATTRIBUTES);
  }

  /** Allows ending other people's sessions: recording that all of a user's are ended, finding them, reading and ending them. */
  grantRevoke(grantee: IGrantable): Grant {
    return grantRows(grantee, this.table, ['GetItem', 'BatchGetItem', 'UpdateItem'], ['session'])
      .combine(grantRows(grantee, this.table, ['UpdateItem'], ['subject']))
      .combine(grantIndex(grantee, this.table, 'subject'));
  }

  /**
   * Sends the end of every session to a target.
   *
   * @returns the rule, for a narrower pattern
   * @throws Error where the bus is of another region or account, as a rule is its bus's
   */
  onSessionEnded(id: string, target: IRuleTarget): Rule {
    return this.onEvent(id, 'ended', target);
  }

  /** Sends the beginning of every session to a target. @throws Error as {@link onSessionEnded} does */
  onSessionStarted(id: string, target: IRuleTarget): Rule {
    return this.onEvent(id, 'started', target);
  }

  /** A metric of this service. @param statistic default: the sum */
  metric(name: SessionMetric, statistic?: string): Metric {
    return sessionMetric(this.serviceName, name, statistic);
  }

  /** Sessions of this service that ended, for one reason: `idle`, `absolute`, `closed`, `signed-out`, `superseded` or `revoked`. */
  metricSessionsEnded(reason: EndReason): Metric {
    return endedMetric(this.serviceName, reason);
  }

  /** How late ended sessions of this service were announced, ms. @param statistic default: p99 */
  metricExpiryLateness(statistic: string = 'p99'): Metric {
    return sessionMetric(this.serviceName, 'ExpiryLateness', statistic);
  }

  /** @throws Error where the guard in a function would not find the table */
  protected checkReach(_handler: IFunction | Alias | Version): void {
    // It is known by its ARN, which says the region.
  }

  /** What every guard reads, with the origin secret that a site may bring later. */
  protected get guardVariables(): FunctionEnvironment {
    return { ...this.store, SITE_URL: this.siteUrl, ORIGIN_SECRET: this.originSecrets.variable };
  }

  /** Where sessions are announced, and whether other services announce theirs there too. */
  protected abstract announcements(): { readonly bus: IEventBus; readonly isShared: boolean };

  private onEvent(id: string, type: keyof typeof EVENT_TYPES, target: IRuleTarget): Rule {
    const { bus, isShared } = this.announcements();
    const eventPattern = {
      source: [EVENT_SOURCE],
      detailType: [EVENT_TYPES[type]],
      ...(isShared && { detail: { service: [this.serviceName] } }),
    };
    return new Rule(this, id, { eventBus: bus, eventPattern, targets: [target] });
  }
}

/**
 * A bus of this region and account. CloudFormation knows a bus by its name, and would take the one of that name here.
 *
 * @throws Error where it is known to be of another
 */
export function busHere(scope: Construct, bus: IEventBus): IEventBus {
  const { account, region } = Stack.of(scope);
  const isElsewhere =
    Token.compareStrings(bus.env.region, region) === TokenComparison.DIFFERENT ||
    Token.compareStrings(bus.env.account, account) === TokenComparison.DIFFERENT;
  if (!isElsewhere) return bus;
  throw new Error(
    `eventBus: ${bus.node.path} is of ${bus.env.region} and account ${bus.env.account}, and its rules are made there; let one send the events to a bus of ${region} here, and give that one`,
  );
}
