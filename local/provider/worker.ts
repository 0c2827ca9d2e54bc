import { createServer } from 'node:http';
import { workerData } from 'node:worker_threads';
import { listen } from '../../dev/machine/loopback.ts';
import { moveDate } from '../clock.ts';
import { parent } from '../thread.ts';
import { providerConfiguration } from './configuration.ts';
import { providerListener } from './sign-in-form.ts';

/** A real OpenID provider in a thread of its own, since its clock moves with the functions'. */
export interface ProviderData {
  /** Origin of the application. */
  readonly siteUrl: string;
  /** Memory of the clock. */
  readonly clock: SharedArrayBuffer;
}

/** What the thread says once it is ready. */
export interface ProviderReady {
  readonly issuer: string;
}

// startProvider passes exactly this.
const { siteUrl, clock } = workerData as ProviderData;
moveDate(clock);
// The provider warns at length that its defaults are for development. That is what they are used for.
console.info = () => undefined;
console.warn = () => undefined;
const { default: Provider } = await import('oidc-provider');

const server = createServer();
const issuer = `http://127.0.0.1:${await listen(server)}`;
const provider = new Provider(issuer, providerConfiguration(siteUrl));
server.on('request', providerListener(provider));
parent().postMessage({ issuer } satisfies ProviderReady);
