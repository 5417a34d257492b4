/** Pages of another site in Chromium: what an SDK sends arrives, and what it needs can be read. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { startChromium } from '../support/node/chromium.ts'
import { startWorkers } from '../support/node/workers.ts'

/** The headers that SDKs made by Stainless send with each request. */
const SDK = {
  'content-type': 'application/json',
  'x-stainless-lang': 'js',
  'x-stainless-package-version': '4.2.0',
  'x-stainless-os': 'Unknown',
  'x-stainless-arch': 'unknown',
  'x-stainless-runtime': 'browser:chrome',
  'x-stainless-runtime-version': '140.0.0',
  'x-stainless-retry-count': '0',
  'x-stainless-timeout': '60',
  'idempotency-key': 'stainless-node-retry-1',
  'if-none-match': '"b"',
  'cache-control': 'no-cache',
}

let workers: Awaited<ReturnType<typeof startWorkers>>
let browser: Browser
let page: Page
/** The port of the origin, which serves the page too. */
let port = 0
/** The headers of the latest request that reached the origin. */
let seen: IncomingHttpHeaders = {}

const origin = createServer((request, response) => {
  if (request.url === '/page') return void response.end('<!doctype html><title>page</title>')
  if (request.url?.startsWith('/v1/')) seen = request.headers
  response.writeHead(200, {
    etag: '"a"',
    link: '</v1/things?page=2>; rel="next"',
    'x-ratelimit-remaining': '7',
    'x-cost': '3',
    'x-hidden': '1',
    'access-control-expose-headers': 'X-Cost',
    'access-control-allow-origin': '*',
  })
  response.end('{}')
})

beforeAll(async () => {
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  port = (origin.address() as AddressInfo).port
  const entry = 'test/support/worker/corsGateway.ts'
  workers = await startWorkers(`http://127.0.0.1:${port}`, 'http://127.0.0.1:1', entry)
  browser = await startChromium()
  page = await browser.newPage()
}, 60_000)

afterAll(async () => {
  await browser?.close()
  origin.close()
  await workers?.end()
})

beforeEach(() => {
  seen = {}
})

/** A `fetch` in a page of a host: its status and the headers that the page can read, or null. */
async function fetched(host: string, path: string, headers: Record<string, string> = SDK) {
  await page.goto(`http://${host}:${port}/page`)
  return page.evaluate(
    async ([url, given]) => {
      const response = await fetch(url, { method: 'POST', headers: given, body: '{}' }).catch(
        () => null,
      )
      return response && { status: response.status, headers: Object.fromEntries(response.headers) }
    },
    [workers.url + path, headers] as const,
  )
}

it("an SDK's request passes, and the page reads what the API says about it", async () => {
  const answer = await fetched('127.0.0.1', '/v1/things')
  expect(answer?.status).toBe(200)
  expect(seen).toMatchObject(SDK)
  expect(answer?.headers).toMatchObject({
    etag: '"a"',
    link: '</v1/things?page=2>; rel="next"',
    'x-ratelimit-remaining': '7',
    'x-cost': '3',
    'x-request-id': expect.stringMatching(/^req_/),
  })
  expect(answer?.headers).not.toHaveProperty('x-hidden')
})

it('a header that the origin may not be sent is refused before anything is sent', async () => {
  expect(await fetched('127.0.0.1', '/v1/things', { ...SDK, 'x-other': '1' })).toBeNull()
  expect(seen).toEqual({})
})

it.each([
  ['/v1/a%2Fb', 400],
  ['/nowhere', 404],
  [`/v1/${'a'.repeat(17_000)}`, 414],
])('a page can read a refusal: %s', async (path, status) => {
  expect((await fetched('127.0.0.1', path))?.status).toBe(status)
})

it('a page of any other site can do nothing of it', async () => {
  expect(await fetched('localhost', '/v1/things')).toBeNull()
  expect(seen).toEqual({})
})
