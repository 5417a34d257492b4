/**
 * Workers that answer the same each time: with the headers and bytes of an answer of the gateway.
 */
import type { WireAnswer } from './answers.ts'
import type { WorkerSpec } from './workerd.ts'

/** The headers that workerd writes by itself. */
const WRITTEN_BY_WORKERD = new Set(['content-length', 'date', 'connection', 'transfer-encoding'])

/** A Worker that gives a sample's answer to every request. */
export function constantWorker(name: string, { status, head, body }: WireAnswer): WorkerSpec {
  const [, ...lines] = head.trimEnd().split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const [field = '', ...value] = line.split(': ')
    if (!WRITTEN_BY_WORKERD.has(field.toLowerCase()))
      headers[field.toLowerCase()] = value.join(': ')
  }
  const script = `
    const BODY = ${JSON.stringify(body)}
    const INIT = { status: ${status}, headers: ${JSON.stringify(headers)} }
    export default { fetch: () => new Response(BODY, INIT) }`
  return { name, script }
}
