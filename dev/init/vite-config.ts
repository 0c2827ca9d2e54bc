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
  if (!list && config.properties.some(({ type }) => type === 'SpreadElement')) {
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
  const server = propertyOf(config, 'server');
  const proxy = server?.type === 'ObjectExpression' ? propertyOf(server, 'proxy') : undefined;
  if (proxy?.type !== 'ObjectExpression') return;
  for (const property of proxy.properties) {
    const key = property.type === 'ObjectProperty' ? nameOf(property.key) : undefined;
    if (key === undefined) throw new Unusual('its proxy is not written out');
    if (!/^\^?\/api/.test(key)) continue;
    const text = source.text.slice(from(property), property.end ?? undefined);
    if (key !== '/api' || /\brewrite\b/.test(text)) {
      throw new Unusual(
        `its proxy of ${key} changes paths, or is for some of them: the server has to get all of /api as it is`,
      );
    }
  }
}
