/**
 * The development server of Curfew as a plugin of Vite.
 *
 * @module
 */

import path from 'node:path';
import { BASE_PATH } from '../core/contract.ts';
import { type CurfewDev, curfewDev } from './development.ts';
import type { ConnectMiddleware } from './middleware.ts';
import { type DevOptions, usualFile } from './options.ts';
import { ROUTES } from './protocol.ts';
import { isOwnHost } from './requests.ts';

export type { DevOptions, DevUser, IdentityOptions } from './options.ts';

/** What the plugin uses of Vite's development server, which stays a dependency of the application alone. */
export interface ViteServerLike {
  /** Its configuration, resolved. */
  readonly config: {
    readonly root: string;
    readonly server: { readonly host?: string | boolean | undefined };
  };
  /** What answers before Vite does. */
  readonly middlewares: { use(middleware: ConnectMiddleware): unknown };
}

/** An element that Vite puts into a page. */
export interface ViteTagLike {
  /** Its name. */
  readonly tag: string;
  /** @default none */
  readonly attrs?: Record<string, string>;
  /** Where it stands. */
  readonly injectTo: 'head-prepend';
}

/** A plugin, as Vite takes it. */
export interface VitePluginLike {
  /** As Vite tells it in errors. */
  readonly name: string;
  /** Whether the plugin takes part. */
  apply(
    config: unknown,
    environment: { readonly command: string; readonly isPreview?: boolean | undefined },
  ): boolean;
  /** Passes on what another server answers: the proxy's entry for `basePath`, or its first one. */
  config(user: ViteConfigLike): void;
  /** Adds the middleware. */
  configureServer(server: ViteServerLike): void;
  /** Adds the panel to a page. */
  transformIndexHtml(): ViteTagLike[];
  /** Stops with the server. */
  closeBundle(this: VitePluginContextLike): void;
}

/** What the plugin uses of Vite's configuration. */
export interface ViteConfigLike {
  /** Of the development server. @default none */
  server?:
    | {
        /** By the beginning of a path, or a regular expression that begins with `^`: where it is answered. @default none */
        proxy?: Record<string, unknown> | undefined;
      }
    | undefined;
}

/** Options of the plugin. */
export interface ViteDevOptions extends DevOptions {
  /**
   * Origin of a server on this machine that has Curfew itself, by the middleware of `curfew/dev`: Vite passes on to it what is under
   * `basePath` and `/__curfew`, in place of an entry of `server.proxy` for `basePath`, and puts the panel into the pages. Every other
   * option is that server's, and none of the plugin.
   * @default none: the plugin has Curfew
   */
  readonly api?: string | undefined;
}

/** What the plugin uses of the context that Vite calls it in. */
export interface VitePluginContextLike {
  /** Whose server closes. @default none before Vite 6 */
  readonly environment?: { getTopLevelConfig(): unknown };
}

/**
 * `plugins: [curfewDev()]`: the API, a sign-in page for any name and the panel in `vite`, and nothing at all in `vite build`,
 * `vite preview` and Vitest. What Vite's proxy hands on carries headers that tell of its session. `curfewDev({ api: 'http://localhost:3000' })`
 * is for an application whose own server has Curfew.
 *
 * @throws Error as `curfewDev` of `curfew/dev`, and where `server.host` is no loopback address, when the server is made
 */
function curfewPlugin({ api, ...options }: ViteDevOptions = {}): VitePluginLike {
  /** By the configuration of the server that it is part of: where Vite restarts, the next one begins before the last one closes. */
  const running = new Map<unknown, CurfewDev>();
  return {
    name: 'curfew:dev',
    // Vitest makes a server of its own, for no browser.
    apply: (_, { command, isPreview }) =>
      command === 'serve' && isPreview !== true && process.env.VITEST === undefined,
    config(user) {
      if (api === undefined) return;
      // By the name and the protocol that the browser asked for: the server takes them for the site's own.
      const passedOn = { target: api, changeOrigin: false, xfwd: true };
      const basePath = options.basePath ?? BASE_PATH;
      const entries = Object.entries<unknown>(user.server?.proxy ?? {});
      const own = entries.findIndex(([path]) => path === basePath);
      // Returned, it would be merged with that entry, whose `rewrite` stays, or stand behind one that takes all.
      entries.splice(
        Math.max(own, 0),
        own < 0 ? 0 : 1,
        [`^${basePath}(?:[/?]|$)`, passedOn],
        [ROUTES.panel, passedOn],
      );
      user.server = { ...user.server, proxy: Object.fromEntries(entries) };
    },
    configureServer({ config, middlewares }) {
      const { host } = config.server;
      if (host !== undefined && host !== false && !(typeof host === 'string' && isOwnHost(host))) {
        throw new Error(
          `curfew/dev lets anybody sign in as anybody, and runs on loopback addresses alone: server.host of Vite must not be ${JSON.stringify(host)}`,
        );
      }
      if (api !== undefined) return;
      const dev = curfewDev({ ...options, file: options.file ?? path.join(config.root, usualFile()) });
      running.set(config, dev);
      middlewares.use(dev);
    },
    transformIndexHtml: () => [{ tag: 'script', attrs: { src: ROUTES.module }, injectTo: 'head-prepend' }],
    closeBundle() {
      const closing = this.environment?.getTopLevelConfig();
      for (const [config, dev] of running) {
        if (closing !== undefined && closing !== config) continue;
        dev.close();
        running.delete(config);
      }
    },
  };
}

export { curfewPlugin as curfewDev };
