import type * as Ast from '@babel/types';
import {
  adding,
  appending,
  bare,
  constantOf,
  importing,
  nameOf,
  nodesOf,
  propertyOf,
  readSource,
  type Source,
  to,
  Unusual,
  withInsertions,
  withoutComments,
} from './source.ts';

/** The module of the plugin. */
const PLUGIN_MODULE = 'curfew/dev/vite';

/** How the plugin is called. @param api origin of the server that has Curfew, if that is not Vite itself */
export function pluginCall(api: string | undefined, quote = "'"): string {
  return `curfewDev(${optionsFor(api, quote)})`;
}

function optionsFor(api: string | undefined, quote: string): string {
  return api === undefined ? '' : `{ api: ${quote}${api}${quote} }`;
}

/** A configuration for an application that has none. */
export function newConfig(api: string | undefined): string {
  return `import { curfewDev } from '${PLUGIN_MODULE}';
import { defineConfig } from 'vite';

export default defineConfig({ plugins: [${pluginCall(api)}] });
`;
}

/** Whether a configuration has the plugin. */
export function hasPlugin(text: string): boolean {
  return withoutComments(text).includes(PLUGIN_MODULE);
}

/** @throws Unusual for a configuration that does not write its plugins out */
export function withPlugin(path: string, text: string, api: string | undefined): string {
  const isThere = hasPlugin(text);
  if (isThere && api === undefined) return text;
  const source = readSource(path, text);
  const call = isThere ? callOf(source) : undefined;
  if (call && api !== undefined && passesOn(source, call, api)) return text;
  const config = configOf(source);
  if (api !== undefined) refuseOtherProxies(source, config, api);
  if (call) return withInsertions(source, [{ at: to(call) - 1, text: optionsFor(api, source.quote) }]);
  const added = pluginCall(api, source.quote);
  const plugins = propertyOf(config, 'plugins');
  const list = plugins && constantOf(source, plugins);
  if (list && list.type !== 'ArrayExpression')
    throw new Unusual('its plugins are no list that is written out');
  if (!list && isSpread(config)) {
    throw new Unusual('its plugins may come from another object');
  }
  if (list && config.properties.slice(config.properties.findIndex(isPlugins)).some(isSpreading))
    throw new Unusual('its plugins may be replaced by those of another object');
  return withInsertions(source, [
    importing(source, '{ curfewDev }', PLUGIN_MODULE),
    list ? appending(source, list, added) : adding(source, config, `plugins: [${added}]`),
  ]);
}

function isPlugins(property: Ast.ObjectExpression['properties'][number]): boolean {
  return property.type === 'ObjectProperty' && nameOf(property.key) === 'plugins';
}

function isSpreading({ type }: Ast.Node): boolean {
  return type === 'SpreadElement';
}

/** Where Vite listens by its configuration: a name, or all addresses; undefined: at its usual place, or that is not known. */
export function hostOf(path: string, text: string): string | true | undefined {
  try {
    const source = readSource(path, text);
    const server = writtenOut(source, configOf(source), 'server');
    const host = server && propertyOf(server, 'host');
    const value = host && constantOf(source, host);
    if (value?.type === 'StringLiteral') return value.value;
    return (value?.type === 'BooleanLiteral' && value.value) || undefined;
  } catch (error) {
    if (error instanceof Unusual) return undefined;
    throw error;
  }
}

/** The object that a configuration exports by default, by `defineConfig` or a function, too. */
function configOf(source: Source): Ast.ObjectExpression {
  const exported = source.program.body.find(({ type }) => type === 'ExportDefaultDeclaration');
  let value =
    exported?.type === 'ExportDefaultDeclaration' ? constantOf(source, exported.declaration) : undefined;
  if (value?.type === 'CallExpression' && nameOf(value.callee) === 'defineConfig') {
    const [argument] = value.arguments;
    value = argument && constantOf(source, argument);
  }
  if (
    value?.type === 'ArrowFunctionExpression' ||
    value?.type === 'FunctionExpression' ||
    value?.type === 'FunctionDeclaration'
  ) {
    value = constantOf(source, returned(value.body));
  }
  if (value?.type !== 'ObjectExpression') throw new Unusual('it exports no object that is written out');
  return value;
}

function returned(body: Ast.Node): Ast.Node {
  if (body.type !== 'BlockStatement') return bare(body);
  const returns = body.body.filter(({ type }) => type !== 'VariableDeclaration');
  const [only] = returns;
  if (returns.length !== 1 || only?.type !== 'ReturnStatement' || !only.argument)
    throw new Unusual('its function does more than return an object');
  return bare(only.argument);
}

/** The call of the plugin that is there. @throws Unusual for none, and for several */
function callOf({ program }: Source): Ast.CallExpression {
  const imported = program.body.flatMap((statement) =>
    statement.type === 'ImportDeclaration' && statement.source.value === PLUGIN_MODULE
      ? statement.specifiers.map(({ local }) => local.name)
      : [],
  );
  const calls = [...nodesOf(program)].flatMap((node) =>
    node.type === 'CallExpression' && imported.includes(nameOf(node.callee) ?? '') ? node : [],
  );
  const [only] = calls;
  if (!only || calls.length > 1) throw new Unusual('it does not call the plugin exactly once');
  return only;
}

/** Whether the plugin that is there passes on to a server, whichever it is. @throws Unusual for none, and for several */
export function passesOnAnywhere(path: string, text: string): boolean {
  const source = readSource(path, text);
  return apiOf(source, callOf(source)) !== undefined;
}

/** Whether a plugin passes on to that server already. @throws Unusual for one that has other options, which would be the server's */
function passesOn(source: Source, call: Ast.CallExpression, api: string): boolean {
  if (call.arguments.length === 0) return false;
  const given = apiOf(source, call);
  if (!given) throw new Unusual('its plugin has options, which would have to be the server’s');
  const value = constantOf(source, given);
  if (value.type === 'StringLiteral' && !isSameServer(value.value, api))
    throw new Unusual(`its plugin passes on to ${value.value}`);
  return true;
}

/** What a call of the plugin gives as `api`. */
function apiOf(source: Source, { arguments: [argument] }: Ast.CallExpression): Ast.Node | undefined {
  const options = argument && constantOf(source, argument);
  return options?.type === 'ObjectExpression' ? propertyOf(options, 'api') : undefined;
}

/** Options of a proxy that make no difference to what the plugin does in its place. */
const SAME_PROXY = /^(?:target|changeOrigin|secure)$/;

/** What the plugin passes on would be changed, or answered by another server. */
function refuseOtherProxies(source: Source, config: Ast.ObjectExpression, api: string): void {
  const server = writtenOut(source, config, 'server');
  const proxy = server && writtenOut(source, server, 'proxy');
  if (!proxy) return;
  for (const property of proxy.properties) {
    const key = property.type === 'ObjectProperty' && !property.computed ? nameOf(property.key) : undefined;
    if (property.type !== 'ObjectProperty' || key === undefined)
      throw new Unusual('its proxy is not written out');
    if (!/^\^?\/api(?![\w-])/.test(key)) continue;
    if (key !== '/api')
      throw new Unusual(`its proxy of ${key} is for some paths: the server has to get all of /api`);
    const value = constantOf(source, property.value);
    const target = constantOf(source, value.type === 'ObjectExpression' ? targetOf(value) : value);
    if (target.type !== 'StringLiteral') throw new Unusual('its proxy of /api is not written out');
    if (!isSameServer(target.value, api)) throw new Unusual(`its proxy of /api goes to ${target.value}`);
  }
}

/** @throws Unusual for a proxy that does more than pass on */
function targetOf(proxy: Ast.ObjectExpression): Ast.Node {
  for (const property of proxy.properties) {
    const key = property.type === 'SpreadElement' ? '...' : nameOf(property.key);
    if (key === undefined || !SAME_PROXY.test(key))
      throw new Unusual(`its proxy of /api has \`${key ?? '[…]'}\`, which the plugin does not have`);
  }
  const target = propertyOf(proxy, 'target');
  if (!target) throw new Unusual('its proxy of /api has no target');
  return target;
}

/** Whether two addresses are those of one server, by whichever name of this machine. */
function isSameServer(one: string, other: string): boolean {
  return addressOf(one) === addressOf(other);
}

function addressOf(text: string): string {
  const bare = text.replace(/\/$/, '');
  return bare.replace(/^(https?:\/\/)(?:127\.0\.0\.1|\[::1\])(?=[:/]|$)/, '$1localhost');
}

/** An object under a name in another one; undefined: there is nothing of that name. @throws Unusual for what is made elsewhere */
function writtenOut(
  source: Source,
  object: Ast.ObjectExpression,
  name: string,
): Ast.ObjectExpression | undefined {
  const property = propertyOf(object, name);
  const value = property && constantOf(source, property);
  if (value ? value.type !== 'ObjectExpression' : isSpread(object))
    throw new Unusual(`its ${name} may come from another object`);
  return value?.type === 'ObjectExpression' ? value : undefined;
}

function isSpread({ properties }: Ast.ObjectExpression): boolean {
  return properties.some(isSpreading);
}
