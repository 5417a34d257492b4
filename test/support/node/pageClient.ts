/**
 * The official MCP clients in a page, as in a web application. The test bundles this file for the
 * browser.
 */
import { type Memory, type Start, sdk1, sdk2 } from './mcpClients.ts'

const KITS = { sdk1, sdk2 }
const memory: Memory = { sentTo: [] }
let opened: Start | undefined

export interface PageClient {
  /** Tries to connect. Returns the URL to which the user is sent. */
  begin: (kit: keyof typeof KITS, url: string) => Promise<string>
  /** Connects with the URL of the redirect. Returns the tools, and the progress of a slow tool. */
  finish: (kit: keyof typeof KITS, url: string, callback: string) => Promise<[string[], number[]]>
}

const client: PageClient = {
  async begin(kit, url) {
    opened = KITS[kit](url, memory)
    const refused = await opened.connect().catch((error: unknown) => error)
    const [sentTo] = memory.sentTo
    if (sentTo === undefined) throw refused
    return sentTo.href
  },
  async finish(kit, url, callback) {
    await opened?.finish(new URL(callback))
    const started = KITS[kit](url, memory)
    await started.connect()
    const progress: number[] = []
    await started.call('count_slowly', { to: 2, intervalMs: 50 }, (n) => progress.push(n))
    return [await started.tools(), progress]
  },
}
Object.assign(globalThis, { client })
