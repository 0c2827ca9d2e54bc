import * as z from 'zod';
import { isRecord, parseJson } from '../json.ts';

/** A provider of the user's own, and the site's client there. */
export interface IdentitySettings {
  /** https, or http on a loopback address. */
  readonly issuer: string;
  readonly clientId: string;
  /** @default none: a public client */
  readonly clientSecret?: string | undefined;
}

/** A provider that no sign-in could go through. The message is for the user. */
export class ProviderError extends Error {}

/** What is looked at of a discovery document (OpenID Connect Discovery 1.0 §3). */
const Discovery = z.object({ issuer: z.string(), authorization_endpoint: z.url() });

/** A provider that is slower than this is taken to be out of reach, ms. */
const TIMEOUT_MS = 10_000;

/**
 * Reads the provider's discovery document, so that a mistake is told at once and not by the first sign-in.
 *
 * @returns the origin of its sign-in page, where browsers are sent
 * @throws ProviderError saying what is wrong
 */
export async function findProvider(issuer: string, signal?: AbortSignal): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const text = await read(address, signal);
  const { data } = Discovery.safeParse(parseJson(text));
  if (!data) throw new ProviderError(`there is no discovery document of an OpenID provider at ${address}`);
  if (URL.parse(data.issuer)?.href !== new URL(issuer).href) {
    throw new ProviderError(
      `the provider at ${issuer} says that it is '${data.issuer}': that is what --issuer must be`,
    );
  }
  return new URL(data.authorization_endpoint).origin;
}

async function read(address: string, signal: AbortSignal | undefined): Promise<string> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(address, {
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  }).catch((error: unknown) => {
    throw new ProviderError(`the provider is out of reach: ${address} (${causeOf(error)})`);
  });
  if (!response.ok) {
    throw new ProviderError(`there is no discovery document at ${address}: it answers ${response.status}`);
  }
  return response.text();
}

/** `fetch failed` says nothing; its cause does, by its code where it is of several addresses. */
function causeOf(error: unknown): string {
  const { cause } = isRecord(error) ? error : {};
  return isRecord(cause) ? String(cause.message || cause.code) : String(error);
}
