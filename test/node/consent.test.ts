/** A user answers the consent page in a real browser: what the client receives for each answer. */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChromium } from '../support/node/chromium.ts'
import { startWorkers } from '../support/node/workers.ts'

let workers: Awaited<ReturnType<typeof startWorkers>>
let browser: Browser
let clientUrl: string
/** A client on this computer, which shows the URL of each request. */
const client = createServer((request, response) => response.end(`got ${request.url}`))

beforeAll(async () => {
  workers = await startWorkers('http://127.0.0.1:1', 'http://127.0.0.1:1')
  browser = await startChromium()
  await new Promise<void>((resolve) => client.listen(0, '127.0.0.1', resolve))
  clientUrl = `http://127.0.0.1:${(client.address() as AddressInfo).port}/callback`
})

afterAll(async () => {
  await browser?.close()
  client.close()
  await workers?.end()
})

/** A browser in which a new account is signed in. */
async function signedInBrowser() {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const token = await workers.signIn(`${randomBytes(6).toString('hex')}@example.com`)
  await context.addCookies([{ name: 'session_token', value: token, url: workers.url }])
  return { context, token }
}

/**
 * Registers a client and starts its authorization: the URL is where the client sends the browser.
 */
async function startAuthorization(name = 'Notes') {
  const response = await fetch(`${workers.url}/api/oauth/register`, {
    method: 'POST',
    body: JSON.stringify({ client_name: name, redirect_uris: [clientUrl] }),
  })
  const { client_id: clientId } = (await response.json()) as { client_id: string }
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(8).toString('hex')
  const url = new URL('/api/oauth/authorize', workers.url)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: clientUrl,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  return { clientId, verifier, state, url: url.href }
}

/** Presses a button, and returns the parameters with which the browser comes to the client. */
async function decide(page: Page, button: 'Allow' | 'Refuse'): Promise<URLSearchParams> {
  await page.getByRole('button', { name: button }).click()
  await page.waitForURL(`${clientUrl}*`)
  return new URL(page.url()).searchParams
}

/** The URL with which a browser comes to the client for the authorization with this state. */
function arrivalOf(state: string): Promise<URL> {
  return new Promise((resolve) => {
    client.on('request', function listen({ url = '' }: IncomingMessage) {
      const arrived = new URL(url, clientUrl)
      if (arrived.searchParams.get('state') !== state) return
      client.off('request', listen)
      resolve(arrived)
    })
  })
}

function redeem(
  code: string | null,
  { clientId, verifier }: { clientId: string; verifier: string },
) {
  return fetch(`${workers.url}/api/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: code ?? '',
      redirect_uri: clientUrl,
      client_id: clientId,
      code_verifier: verifier,
    }),
  })
}

const grants = async () => {
  const row = await workers.database.prepare('select count(*) as n from oauth_grants').first()
  return Number(row?.n)
}

describe('the consent page', () => {
  it('when allowed: the client gets a valid code, its state, and the issuer', async () => {
    const { context } = await signedInBrowser()
    const page = await context.newPage()
    const authorization = await startAuthorization()
    await page.goto(authorization.url)
    const answer = await decide(page, 'Allow')
    expect([answer.get('state'), answer.get('iss')]).toEqual([authorization.state, workers.url])
    const redeemed = await redeem(answer.get('code'), authorization)
    expect([redeemed.status, (await redeemed.json()).token_type]).toEqual([200, 'Bearer'])
  })

  it('when refused: the client gets an error, and no grant is made', async () => {
    const { context } = await signedInBrowser()
    const page = await context.newPage()
    const authorization = await startAuthorization()
    const before = await grants()
    await page.goto(authorization.url)
    const answer = await decide(page, 'Refuse')
    expect(Object.fromEntries(answer)).toMatchObject({
      error: 'access_denied',
      state: authorization.state,
      iss: workers.url,
    })
    expect(answer.has('code')).toBe(false)
    expect(await grants()).toBe(before)
  })

  it('after the back button: it is a new page that asks again, and the first answer stays valid', async () => {
    const { context } = await signedInBrowser()
    const page = await context.newPage()
    const authorization = await startAuthorization()
    await page.goto(authorization.url)
    const first = await decide(page, 'Allow')
    await page.goBack()
    await page.getByRole('heading', { name: 'Allow access' }).waitFor()
    const second = await decide(page, 'Refuse')
    expect(second.get('error')).toBe('access_denied')
    expect((await redeem(first.get('code'), authorization)).status).toBe(200)
  })

  it('in two tabs: each tab answers its own client only', async () => {
    const { context } = await signedInBrowser()
    const [notes, mail] = [await startAuthorization('Notes'), await startAuthorization('Mail')]
    const [left, right] = [await context.newPage(), await context.newPage()]
    await left.goto(notes.url)
    await right.goto(mail.url)
    const refused = await decide(left, 'Refuse')
    const allowed = await decide(right, 'Allow')
    expect([refused.get('state'), allowed.get('state')]).toEqual([notes.state, mail.state])
    expect((await redeem(allowed.get('code'), notes)).status).toBe(400)
    expect((await redeem(allowed.get('code'), mail)).status).toBe(200)
  })

  it('when the same form is sent twice: both get the same code, and there is no second grant', async () => {
    const { context } = await signedInBrowser()
    const page = await context.newPage()
    const authorization = await startAuthorization()
    await page.goto(authorization.url)
    const request = await page.locator('input[name=request]').inputValue()
    const first = await decide(page, 'Allow')
    const before = await grants()
    const send = (decision: string) =>
      context.request.post(`${workers.url}/api/oauth/authorize`, {
        form: { request, decision },
        headers: { 'sec-fetch-site': 'same-origin' },
        maxRedirects: 0,
      })
    const again = await send('approve')
    expect([again.status(), again.headers().location]).toEqual([303, `${clientUrl}?${first}`])
    const other = await send('deny')
    expect([other.status(), other.headers().location]).toEqual([400, undefined])
    expect(await grants()).toBe(before)
  })

  it.each(
    [0, 1_200].flatMap((answerMs) => [0, 50, 300, 600].map((betweenMs) => [betweenMs, answerMs])),
  )(
    'when allowed twice, %i ms apart, with answers of %i ms: the client gets a valid code',
    async (betweenMs = 0, answerMs = 0) => {
      const { context } = await signedInBrowser()
      const page = await context.newPage()
      const authorization = await startAuthorization()
      await page.goto(authorization.url)
      const before = await grants()
      const unlimited = { offline: false, downloadThroughput: -1, uploadThroughput: -1 }
      const devTools = await context.newCDPSession(page)
      await devTools.send('Network.enable')
      await devTools.send('Network.emulateNetworkConditions', { ...unlimited, latency: answerMs })
      const button = page.getByRole('button', { name: 'Allow' })
      await button.scrollIntoViewIfNeeded()
      const box = await button.boundingBox()
      if (box === null) throw new Error('no button')
      const click = () => page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
      const arrived = arrivalOf(authorization.state)
      await click()
      await setTimeout(betweenMs)
      await click()
      // A navigation that a second click replaces fails, so the client says when the browser comes.
      const { searchParams } = await arrived
      expect((await redeem(searchParams.get('code'), authorization)).status).toBe(200)
      expect(await grants()).toBe(before + 1)
    },
  )

  it('when answered too late: our own page says so, and nothing goes to the client', async () => {
    const { context } = await signedInBrowser()
    const page = await context.newPage()
    const authorization = await startAuthorization()
    await page.goto(authorization.url)
    await workers.database.prepare('update oauth_requests set expires_at = 1').run()
    const before = await grants()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('has expired').waitFor()
    expect(new URL(page.url()).origin).toBe(workers.url)
    expect(await grants()).toBe(before)
  })

  it('when answered after signing out in another tab: nothing is allowed', async () => {
    const { context } = await signedInBrowser()
    const page = await context.newPage()
    await page.goto((await startAuthorization()).url)
    await context.request.post(`${workers.url}/sign-out`, {
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    const before = await grants()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('no longer signed in').waitFor()
    expect(await grants()).toBe(before)
  })

  it('without a session: the browser goes to the sign-in page, and nothing to the client', async () => {
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
    await page.goto((await startAuthorization()).url)
    expect(new URL(page.url()).pathname).toBe('/sign-in')
  })
})
