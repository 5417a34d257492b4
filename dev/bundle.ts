/** Bundles a Worker's source into one script, for Miniflare and for wrangler. */
import { type BuildOptions, build } from 'esbuild'

/** The settings with which a Worker becomes one script that workerd runs. */
export const BUNDLE_SETTINGS = {
  bundle: true,
  write: false,
  format: 'esm',
  target: 'es2024',
  conditions: ['workerd', 'worker', 'browser'],
  external: ['cloudflare:*', 'node:*'],
  logLevel: 'silent',
} as const satisfies BuildOptions

/** Bundles an entry file (a path) and returns the script. Throws esbuild's own error. */
export async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({ ...BUNDLE_SETTINGS, entryPoints: [entry] })
  const [file] = outputFiles
  if (file === undefined) throw new Error(`esbuild made no file of ${entry}`)
  return file.text
}
