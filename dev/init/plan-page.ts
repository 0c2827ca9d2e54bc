import path from 'node:path';
import { ROUTES } from '../protocol.ts';
import type { Address } from './address.ts';
import type { Draft } from './draft.ts';
import { entryOf, isReact, sessionModule, withDialog } from './page.ts';
import { folderOf, type Project } from './recognize.ts';
import { extensionOf, readSource, styledAs, Unusual } from './source.ts';
import { hasPlugin, hostOf, newConfig, passesOnAnywhere, pluginCall, withPlugin } from './vite-config.ts';

const PANEL = ROUTES.module;
const CLIENT = /['"]curfew\/(?:client|element|react|vue)['"]/;

export function planPage(plan: Draft, page: NonNullable<Project['page']>, api: Address | undefined): void {
  const html = path.posix.join(page.folder, 'index.html');
  const hasPanel = page.isInServer ? tellOfPanel(plan, html) : planPlugin(plan, page, api);
  const hasDialog = hasClient(plan, page.folder) || planDialog(plan, page.folder);
  if (hasPanel && hasDialog) plan.ready.add('page');
  plan.depend(html);
}

/** In a page that the server answers, with Vite inside of it: the plugin would pass on to the server that it is in. @returns whether it is there */
function tellOfPanel(plan: Draft, html: string): boolean {
  if (!plan.ready.has('server')) return false;
  if ((plan.has(html) && plan.read(html).includes(PANEL)) || plan.loads(new RegExp(PANEL))) return true;
  plan.left.push(
    `Vite runs in the server, which has Curfew, so it needs no plugin. For the panel, where the server makes its page in development alone:\n  template = template.replace('<head>', '<head><script src="${PANEL}"></script>');`,
  );
  return false;
}

/** @returns whether it is there */
function planPlugin(
  plan: Draft,
  { folder, config }: NonNullable<Project['page']>,
  api: Address | undefined,
): boolean {
  const extension = plan.has(path.posix.join(folder, 'tsconfig.json')) ? 'ts' : 'js';
  const known = config ?? plan.unreadAs(path.posix.join(folder, 'vite.config.'));
  const file = known ?? path.posix.join(folder, `vite.config.${extension}`);
  const call = pluginCall(api?.origin ?? (plan.ready.has('server') ? 'http://localhost:3000' : undefined));
  const isThere = plan.has(file) && hasPlugin(plan.read(file));
  const lines = isThere
    ? `${file}: give its curfewDev() the address of the server:\n  plugins: [${call}]`
    : `${file}: add ${call} of curfew/dev/vite to its plugins:
  import { curfewDev } from 'curfew/dev/vite';
  plugins: [${call}]`;
  const isReady = plan.attempt(lines, () => {
    const text = known === undefined ? undefined : plan.read(file);
    // A plugin that passes on to the server already knows the address better than what this one falls back to.
    const isKnown = api?.isFallback === false;
    const isPassing = !isKnown && plan.ready.has('server') && text && hasPlugin(text);
    if (isPassing && passesOnAnywhere(file, text)) return;
    if (api === undefined && plan.ready.has('server'))
      throw new Unusual('the port at which the server listens is not known: put its own there');
    plan.write({
      [file]: text === undefined ? newConfig(api?.origin) : withPlugin(file, text, api?.origin),
    });
  });
  if (listensEverywhere(file, plan.has(file) ? plan.read(file) : '', plan.scriptsFor(file))) {
    plan.left.push(
      'Let Vite listen on this machine alone, without `--host` and `server.host`: with the plugin anybody can sign in as anybody, and it stops Vite otherwise.',
    );
  }
  return isReady;
}

/** Whether Vite serves other machines, by its configuration or a script. */
function listensEverywhere(
  file: string,
  config: string,
  scripts: Readonly<Record<string, unknown>>,
): boolean {
  const hosts = Object.values(scripts).map((script) => {
    const [option, host = ''] =
      /\bvite\b(?! (?:build|preview)\b)[^&|;]*\s--host(?:[= ]+([^\s&|;-][^\s&|;]*))?/.exec(String(script)) ??
      [];
    return option === undefined ? undefined : host;
  });
  return [hostOf(file, config), ...hosts].some(
    (host) => host !== undefined && !/^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[?::1\]?)$/.test(String(host)),
  );
}

/** Whether the page has a client: by the module that it loads, or by any where that is not known. */
function hasClient(plan: Draft, folder: string): boolean {
  try {
    return plan.reaches(entryIn(plan, folder), CLIENT);
  } catch (error) {
    if (error instanceof Unusual) return plan.loads(CLIENT);
    throw error;
  }
}

/** @throws Unusual */
function entryIn(plan: Draft, folder: string): string {
  return path.posix.join(folder, entryOf(plan.read(path.posix.join(folder, 'index.html'))));
}

/** @returns whether it is there */
function planDialog(plan: Draft, folder: string): boolean {
  return plan.attempt(
    `In the page's module:\n${sessionModule(false)
      .trimEnd()
      .replaceAll(/^(?=.)/gm, '  ')}`,
    () => {
      const entry = entryIn(plan, folder);
      const source = readSource(entry, plan.read(entry));
      const react = isReact(source.text);
      const extension = /\.[cm]?tsx?$/.test(entry) ? '.ts' : '.js';
      const created = path.posix.join(folderOf(entry), `session${extension}`);
      const usual = extensionOf(source);
      // A neighbour that is written otherwise says nothing of this one.
      const isUsable = usual === '' || usual === extension || (usual === '.js' && extension === '.ts');
      const module = `./session${isUsable ? usual : extension === '.js' ? '.js' : ''}`;
      const after = withDialog(entry, source.text, module);
      plan.create(created, styledAs(source, sessionModule(react)), CLIENT);
      plan.write({ [entry]: after });
      plan.left.push('In the page, a link to sign in:\n  <a href="/api/auth/sign-in?returnTo=/">Sign in</a>');
    },
  );
}
