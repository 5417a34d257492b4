/** How large the gateway's bundle is. */
import { gzipSync } from 'node:zlib'
import { KEEPS_NAMES, minified } from './build.ts'

const KILOBYTE = 1_000

/** Kilobytes after gzip: minified by esbuild, and as `wrangler deploy --minify` sends it. */
export async function bundleSizes(): Promise<{ minified: number; deployed: number }> {
  const sizeOf = async (keepsNames: boolean) =>
    gzipSync(await minified('../src/index.ts', keepsNames)).length / KILOBYTE
  return { minified: await sizeOf(false), deployed: await sizeOf(KEEPS_NAMES) }
}
