/** Sources as the scripts that are measured: bundled the way `wrangler deploy --minify` does it. */
import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Packages name Node's modules in two ways. The platform knows one of them. */
const NODE_MODULES = Object.fromEntries(
  builtinModules
    .filter((name) => /^[a-z]/.test(name) && !name.startsWith('node:'))
    .map((name) => [name, `node:${name}`]),
)

export interface BuildSettings {
  /** Wrangler keeps the names of functions, also in minified scripts. */
  keepsNames?: boolean
  plugins?: Plugin[]
}

/**
 * Bundles an entry, given by its path from this folder. Returns the script; throws esbuild's own
 * error.
 */
export async function minified(
  entry: string,
  { keepsNames = true, plugins = [] }: BuildSettings = {},
): Promise<string> {
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
    plugins,
    logLevel: 'silent',
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error(`nothing came out of bundling ${entry}`)
  return file.text
}
