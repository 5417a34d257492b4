/** `npm run build`: builds the Worker that `npm run deploy` uploads, into `dist/`. */
import { parseArgs } from 'node:util'
import { copyAssets } from './assets.ts'
import { buildWorker } from './worker.ts'

const HELP = 'npm run build: builds the Worker that `npm run deploy` uploads, into dist/.'

async function main(): Promise<string> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } })
  if (values.help) return HELP
  await copyAssets()
  const { bytes } = await buildWorker(new URL('../../dist/', import.meta.url))
  return `Built the Worker in dist/: ${Math.round(bytes / 1024)} KB of modules.`
}

try {
  console.log(await main())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
