/**
 * Makes modules that a new isolate only skims.
 * See docs/decisions/0021.
 */
import { transform } from 'esbuild'

/**
 * Puts the code of a module into a function that the module calls. An isolate compiles the code of
 * every module when it starts, also of those that no request may ever need; what is in a function
 * is compiled with the first call.
 *
 * `module` is a minified module of esbuild: imports, code, and a list of exports, if it has any. An
 * export has the value that it has after the module has run: no module of ours changes one later
 * (`test/node/build.test.ts`).
 */
export function skimmed(module: string): string {
  const [imports = ''] = /^(?:import(?:[^"';]*from)?"[^"]*";)*/.exec(module) ?? []
  const [list = '', names = ''] = /export\{([^{}"'`]*)\};\s*$/.exec(module) ?? []
  const code = module.slice(imports.length, module.length - list.length)
  if (/^(?:import|export)[{*"]/.test(code)) throw new Error('a module of esbuild has another form')
  const exported = names === '' ? [] : names.split(',')
  // The minifier makes no names as long as these.
  const outside = exported.map((_, i) => `exported${i}`)
  const assigned = exported.map((name, i) => `;exported${i}=${name.replace(/ as .*/, '')}`)
  const named = exported.map((name, i) => `exported${i} as ${name.replace(/.* as /, '')}`)
  return [
    imports,
    outside.length === 0 ? '' : `var ${outside};`,
    `function skimmed(){${code}${assigned.join('')}}skimmed();`,
    outside.length === 0 ? '' : `export{${named}};`,
    '\n',
  ].join('')
}

/**
 * Gives a skimmed module back if it is a module. It is none if esbuild wrote a form that `skimmed`
 * does not know: an import, an `await` or a license after other code would be in the function.
 */
export async function checkedModule(module: string): Promise<string> {
  try {
    await transform(module, { format: 'esm', target: 'es2024', logLevel: 'silent' })
  } catch (cause) {
    throw new Error('a module of esbuild has another form', { cause })
  }
  return module
}
