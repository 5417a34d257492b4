/** Bundles a Worker's source into one script for Miniflare. */
import { build } from 'esbuild'

/** Bundles an entry file (a path) and returns the script. Throws esbuild's own error. */
export async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'silent',
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error(`esbuild made no file of ${entry}`)
  return file.text
}
