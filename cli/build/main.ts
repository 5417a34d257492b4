/** `npm run build`: builds the Worker that `npm run deploy` uploads, into `dist/`. */
import { copyAssets } from './assets.ts'
import { buildWorker } from './worker.ts'

try {
  await copyAssets()
  const { bytes } = await buildWorker(new URL('../../dist/', import.meta.url))
  console.log(`Built the Worker in dist/: ${Math.round(bytes / 1024)} KB of modules.`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
