/** The paths of the shipped gateway's own pages and forms, for tests in Node. */
import { fileURLToPath } from 'node:url'
import { bundle } from '../../../dev/bundle.ts'

/**
 * The list of `test/support/worker/ownHandlers.ts`. It is bundled, because the gateway's sources do
 * not compile with Node's types.
 */
export async function ownHandlers(): Promise<{ reads: string[]; forms: string[] }> {
  const entry = fileURLToPath(new URL('../worker/shippedHandlers.ts', import.meta.url))
  const script = await bundle(entry)
  const url = `data:text/javascript;base64,${Buffer.from(script).toString('base64')}`
  return (await import(/* @vite-ignore */ url)).default
}
