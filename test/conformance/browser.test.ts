/** MCP clients in pages of another origin, in Chromium: they can do only what CORS allows. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { createBrowserUser } from '../support/node/browserUser.ts'
import { startChromium } from '../support/node/chromium.ts'
import { devIn, type Facts } from '../support/node/dev.ts'
import type { PageClient } from '../support/node/pageClient.ts'

const { start, cleanUp } = devIn()
let facts: Facts
let browser: Browser
let site: Server

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../support/node/pageClient.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
  })
  const script = outputFiles[0]?.text ?? ''
  site = createServer(({ url }, response) => {
    const isScript = url === '/client.js'
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
    response.end(isScript ? script : '<script type="module" src="/client.js"></script>')
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const PORT = String(await freePort(23_187))
  facts = (await start({ PORT, RATE_LIMITS: 'off', NO_CHAIN: '1' })).facts
  browser = await startChromium()
})
afterAll(async () => {
  await browser?.close()
  site?.close()
  cleanUp()
})

/** The client in the page: callbacks of `evaluate` use it. */
declare const client: PageClient

it.each(['sdk1', 'sdk2'] as const)(
  '7 (Fetch, CORS): a page of another origin connects and receives progress: %s',
  async (kit) => {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
    await page.waitForFunction(() => 'client' in globalThis)
    const sentTo = await page.evaluate(([k, url]) => client.begin(k, url), [
      kit,
      facts.mcp,
    ] as const)
    const callback = await createBrowserUser(facts, `${kit}@example.com`).decide(sentTo, 'approve')
    const finished = page.evaluate(([k, url, href]) => client.finish(k, url, href), [
      kit,
      facts.mcp,
      callback.href,
    ] as const)
    expect(await finished).toEqual([expect.arrayContaining(['whoami']), [1, 2]])
    await page.close()
  },
)
