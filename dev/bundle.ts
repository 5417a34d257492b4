/** A Worker's source as one script, for Miniflare. */
import { build } from 'esbuild'

/** Bundles an entry file. Returns the script; throws esbuild's own error. */
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
  if (file === undefined) throw new Error(`nothing came out of bundling ${entry}`)
  return file.text
}
