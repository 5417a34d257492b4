/** The scripts that are measured: sources bundled as `npm run build` does, in one piece. */
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

/**
 * Bundles an entry, given by its path from this folder. Returns the script; throws esbuild's own
 * error.
 */
export async function minified(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [pathOf(entry)],
    bundle: true,
    write: false,
    minify: true,
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
