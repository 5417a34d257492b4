/** Builds the gateway's Worker into `dist/`: `node cli/build/main.ts`. */
import { buildWorker } from './worker.ts'

try {
  const { bytes } = await buildWorker(new URL('../../dist/', import.meta.url))
  console.log(`Built the Worker in dist/: ${Math.round(bytes / 1024)} KB of modules.`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
