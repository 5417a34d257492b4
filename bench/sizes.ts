/** How large the gateway's modules are, as `npm run build` writes them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { buildWorker } from '../cli/build/worker.ts'

const KILOBYTE = 1_000

export interface BundleSizes {
  /** Kilobytes after gzip of all modules together. */
  all: number
  /** Kilobytes after gzip of the modules that every isolate loads. */
  first: number
}

/** The gateway's modules by name, as wrangler uploads them; the entry first. */
export async function builtModules(): Promise<{ name: string; code: string; isFirst: boolean }[]> {
  const folder = mkdtempSync(join(tmpdir(), 'turnpike-bench-'))
  try {
    const { firstModules } = await buildWorker(pathToFileURL(`${folder}/`))
    const names = readdirSync(join(folder, 'worker')).filter((name) => name !== 'index.js')
    return ['index.js', ...names].map((name) => ({
      name,
      code: readFileSync(join(folder, 'worker', name), 'utf8'),
      isFirst: firstModules.includes(name),
    }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Measures the modules. Rejects with esbuild's own error, or the complaints of a wrong config. */
export async function bundleSizes(): Promise<BundleSizes> {
  const modules = await builtModules()
  const sizeOf = (code: string) => gzipSync(code).length / KILOBYTE
  const sum = (some: typeof modules) => some.reduce((size, { code }) => size + sizeOf(code), 0)
  return { all: sum(modules), first: sum(modules.filter(({ isFirst }) => isFirst)) }
}
