import type * as Ast from '@babel/types';
import {
  adding,
  appending,
  bare,
  constantOf,
  from,
  importing,
  nameOf,
  propertyOf,
  readSource,
  type Source,
  to,
  Unusual,
  withInsertions,
} from './source.ts';

/** The module of the plugin. */
export const PLUGIN_MODULE = 'curfew/dev/vite';

/** How the plugin is called. @param api origin of the server that has Curfew, if that is not Vite itself */
export function pluginCall(api: string | undefined, quote = "'"): string {
  return api === undefined ? 'curfewDev()' : `curfewDev({ api: ${quote}${api}${quote} })`;
}

/** A configuration for an application that has none. */
export function newConfig(api: string | undefined): string {
  return `import { curfewDev } from '${PLUGIN_MODULE}';
import { defineConfig } from 'vite';

export default defineConfig({ plugins: [${pluginCall(api)}] });
`;
}

/** @throws Unusual for a configuration that does not write its plugins out */
export function withPlugin(path: string, text: string, api: string | undefined): string {
  if (text.includes(PLUGIN_MODULE)) return text;
  const source = readSource(path, text);
  const config = configOf(source);
  if (api !== undefined) refuseOtherProxies(source, config);
  const call = pluginCall(api, source.quote);
  const plugins = propertyOf(config, 'plugins');
  const list = plugins && constantOf(source, plugins);
  if (list && list.type !== 'ArrayExpression')
    throw new Unusual('its plugins are no list that is written out');
  if (!list && isSpread(config)) {
    throw new Unusual('its plugins may come from another object');
  }
  return withInsertions(source, [
    importing(source, '{ curfewDev }', PLUGIN_MODULE),
    list ? appending(source, list, call) : adding(source, config, `plugins: [${call}]`),
  ]);
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
    throw new Unusual('its function does more than to return an object');
  return bare(only.argument);
}

/** What the plugin passes on would be changed, or taken by another entry. */
function refuseOtherProxies(source: Source, config: Ast.ObjectExpression): void {
  const server = writtenOut(source, config, 'server');
  const proxy = server && writtenOut(source, server, 'proxy');
  if (!proxy) return;
  for (const property of proxy.properties) {
    const key = property.type === 'ObjectProperty' && !property.computed ? nameOf(property.key) : undefined;
    if (property.type !== 'ObjectProperty' || key === undefined)
      throw new Unusual('its proxy is not written out');
    if (!/^\^?\/api/.test(key)) continue;
    const value = constantOf(source, property.value);
    const isKnown =
      value.type !== 'Identifier' &&
      value.type !== 'CallExpression' &&
      !(value.type === 'ObjectExpression' && isSpread(value));
    if (!isKnown) throw new Unusual(`its proxy of ${key} is not written out`);
    if (key !== '/api' || /\brewrite\b/.test(source.text.slice(from(value), to(value)))) {
      throw new Unusual(
        `its proxy of ${key} changes paths, or is for some of them: the server has to get all of /api as it is`,
      );
    }
  }
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
  return properties.some(({ type }) => type === 'SpreadElement');
}
