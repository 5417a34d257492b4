/**
 * An origin's answers in a real browser, with the cookie of a signed-in person: no page of an
 * origin acts as a page of the gateway, whatever its type or status.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startChromium } from '../support/node/chromium.ts'
import { startWorkers } from '../support/node/workers.ts'

/** Makes an API key with the reader's cookie, and tells the origin that the script ran. */
const ATTACK = `
  fetch('/api/v1/api-keys', { method: 'POST', body: '{"name":"stolen"}' }).catch(() => {})
  new Image().src = ORIGIN + '/ran'
`
const HTML = `<!doctype html><title>origin</title><script>ATTACK</script>
<form method="post" action="/sign-out"><button>Continue</button></form>
<img src="x" onerror="ATTACK"><p id="end">end</p>`
const XHTML = `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>o</title></head>
<body><script><![CDATA[ATTACK]]></script><p id="end">end</p></body></html>`
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script><![CDATA[ATTACK]]></script>
<rect id="end" width="9" height="9"/></svg>`
const XML = `<?xml version="1.0"?><r><s xmlns="http://www.w3.org/1999/xhtml"><script xmlns="http://www.w3.org/1999/xhtml"><![CDATA[ATTACK]]></script></s><p id="end"/></r>`

const XSLT = `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="xsl"?><r/>`
const XSL = `<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:template match="/"><html><body><script>ATTACK</script></body></html></xsl:template></xsl:stylesheet>`
/** Its script runs when it is opened; a link of it would be followed by a viewer that runs none. */
const PDF = `%PDF-1.7
1 0 obj <</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.launchURL("RAN", true); this.submitForm("RAN"))>>>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/AA<</O<</S/URI/URI(RAN)>>>>>> endobj
trailer <</Root 1 0 R>>
%%EOF`
const MHTML = `From: <Saved by Blink>
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="b"

--b
Content-Type: text/html

${HTML}
--b--`

/** The origin's answers by the last part of the path: type, status and body. */
const PAGES: Record<string, [type: string, status: number, body: string]> = {
  html: ['text/html; charset=utf-8', 200, HTML],
  'html-error': ['text/html', 500, HTML],
  'html-missing': ['text/html', 404, HTML],
  xhtml: ['application/xhtml+xml', 200, XHTML],
  svg: ['image/svg+xml', 200, SVG],
  xml: ['text/xml', 200, XML],
  xslt: ['text/xml', 200, XSLT],
  xsl: ['text/xsl', 200, XSL],
  pdf: ['application/pdf', 200, PDF],
  mhtml: ['multipart/related', 200, MHTML],
  'mhtml-mail': ['message/rfc822', 200, MHTML],
  'plain-html': ['text/plain', 200, HTML],
  'unknown-html': ['x-unknown/x', 200, HTML],
  'untyped-html': ['', 200, HTML],
  'binary-html': ['application/octet-stream', 200, HTML],
  'json-html': ['application/json', 200, HTML],
  'mixed-html': [
    'multipart/x-mixed-replace; boundary=b',
    200,
    `--b\r\ncontent-type: text/html\r\n\r\n${HTML}\r\n--b--`,
  ],
  worker: ['text/javascript', 200, 'self.addEventListener("fetch", () => {})'],
}

let workers: Awaited<ReturnType<typeof startWorkers>>
let browser: Browser
let originUrl: string
/** The requests with which a page's script says that it ran. */
let ran = 0

const origin = createServer((request, response) => {
  if (request.url === '/ran') {
    ran += 1
    return void response.end()
  }
  const [type, status, body] = PAGES[request.url?.split('/').at(-1) ?? ''] ?? [
    'text/plain',
    404,
    '',
  ]
  const typed = type === '' ? {} : { 'content-type': type }
  response.writeHead(status, { ...typed, 'service-worker-allowed': '/' })
  const attack = ATTACK.replaceAll('ORIGIN', `'${originUrl}'`).replaceAll('\n', ';')
  response.end(body.replaceAll('ATTACK', attack).replaceAll('RAN', `${originUrl}/ran`))
})

beforeAll(async () => {
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`
  workers = await startWorkers(originUrl, 'http://127.0.0.1:1')
  browser = await startChromium()
})

afterAll(async () => {
  await browser?.close()
  origin.close()
  await workers?.end()
})

beforeEach(() => {
  ran = 0
})

/** A browser in which a new account is signed in. */
async function signedIn(): Promise<{ context: BrowserContext; token: string }> {
  const context = await browser.newContext()
  const token = await workers.signIn(`${randomBytes(6).toString('hex')}@example.com`)
  await context.addCookies([{ name: 'session_token', value: token, url: workers.url }])
  return { context, token }
}

async function keysOf(token: string): Promise<unknown[]> {
  const headers = { cookie: `session_token=${token}` }
  const response = await fetch(`${workers.url}/api/v1/api-keys`, { headers })
  expect(response.status).toBe(200)
  return ((await response.json()) as { keys: unknown[] }).keys
}

describe('a page of an origin, opened with a session', () => {
  it.each(['html', 'html-error', 'html-missing', 'xhtml', 'svg', 'xml'])(
    'runs no script, and so makes no key: %s',
    async (name) => {
      const { context, token } = await signedIn()
      const page = await context.newPage()
      const answer = await page.goto(`${workers.url}/api/v1/x/${name}`)
      expect(answer?.status()).toBe(PAGES[name]?.[1])
      await page.locator('#end').waitFor({ state: 'attached' })
      await page.waitForLoadState('networkidle')
      expect(ran).toBe(0)
      expect(await keysOf(token)).toEqual([])
      await context.close()
    },
  )

  it('runs none either where a browser would guess, convert, show or download it', async () => {
    const { context, token } = await signedIn()
    const shown = ['xslt', 'xsl', 'plain-html', 'untyped-html', 'json-html']
    const others = ['pdf', 'mhtml', 'mhtml-mail', 'unknown-html', 'binary-html', 'mixed-html']
    for (const name of [...shown, ...others]) {
      const page = await context.newPage()
      // Chromium downloads what it does not show, and then the page never arrives.
      const answer = await page.goto(`${workers.url}/api/v1/x/${name}`).catch(() => null)
      if (shown.includes(name)) expect(answer?.status(), name).toBe(200)
      await page.waitForLoadState('networkidle')
      await page.close()
      expect(ran, name).toBe(0)
    }
    expect(await keysOf(token)).toEqual([])
    await context.close()
  })

  it.each(['html', 'xhtml', 'svg', 'untyped-html', 'xslt'])(
    'would run it on a host of its own: %s',
    async (name) => {
      const context = await browser.newContext()
      const page = await context.newPage()
      const told = page.waitForRequest(/\/ran$/)
      await page.goto(`${originUrl}/x/${name}`)
      await told
      await context.close()
    },
  )

  it('posts no form of it: a click does not sign its reader out', async () => {
    const { context, token } = await signedIn()
    const page = await context.newPage()
    await page.goto(`${workers.url}/api/v1/x/html`)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.waitForLoadState('networkidle')
    expect(page.url()).toBe(`${workers.url}/api/v1/x/html`)
    expect(await keysOf(token)).toEqual([])
    await context.close()
  })
})

describe('a script of an origin', () => {
  it('does not become a service worker of the host, whoever asks', async () => {
    const { context, token } = await signedIn()
    const page = await context.newPage()
    // Any page of the host will do: /health is JSON without a policy of its own.
    await page.goto(`${workers.url}/health`)
    const outcome = await page.evaluate(() =>
      navigator.serviceWorker.register('/api/v1/x/worker', { scope: '/' }).then(
        () => 'registered',
        (error: Error) => error.name,
      ),
    )
    expect(outcome).not.toBe('registered')
    const headers = { cookie: `session_token=${token}`, 'service-worker': 'script' }
    const refused = await fetch(`${workers.url}/api/v1/x/worker`, { headers })
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ error: 'cross_site_request' })
    await context.close()
  })

  it('is sent with headers that keep it data', async () => {
    const { token, context } = await signedIn()
    const headers = { cookie: `session_token=${token}` }
    const answer = await fetch(`${workers.url}/api/v1/x/worker`, { headers })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-security-policy')).toBe('sandbox')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('service-worker-allowed')).toBeNull()
    await context.close()
  })
})
