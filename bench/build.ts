/** Sources as the scripts that are measured: bundled the way `wrangler deploy --minify` does it. */
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Packages name Node's modules in two ways. The platform knows one of them. */
const NODE_MODULES = Object.fromEntries(
  builtinModules
    .filter((name) => /^[a-z]/.test(name) && !name.startsWith('node:'))
    .map((name) => [name, `node:${name}`]),
)

/** Whether wrangler keeps the names of functions, which costs a call for each function that is made. */
export const KEEPS_NAMES = !/^keep_names *= *false/m.test(
  readFileSync(pathOf('../wrangler.toml'), 'utf8'),
)

/**
 * Bundles an entry, given by its path from this folder. Returns the script; throws esbuild's own
 * error.
 */
export async function minified(entry: string, keepsNames = KEEPS_NAMES): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [pathOf(entry)],
    bundle: true,
    write: false,
    minify: true,
    keepNames: keepsNames,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    alias: NODE_MODULES,
    logLevel: 'silent',
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error(`nothing came out of bundling ${entry}`)
  return file.text
}
