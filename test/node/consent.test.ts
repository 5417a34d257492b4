/** What a person does with the consent page, in a real browser, and what the client gets of it. */
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChromium } from '../support/node/chromium.ts'
import { startStack } from '../support/node/stack.ts'

let stack: Awaited<ReturnType<typeof startStack>>
let browser: Browser
let clientUrl: string
/** A client on this computer, which shows what it is sent. */
const client = createServer((request, response) => response.end(`got ${request.url}`))

beforeAll(async () => {
  stack = await startStack('http://127.0.0.1:1', 'http://127.0.0.1:1')
  browser = await startChromium()
  await new Promise<void>((resolve) => client.listen(0, '127.0.0.1', resolve))
  clientUrl = `http://127.0.0.1:${(client.address() as AddressInfo).port}/callback`
})

afterAll(async () => {
  await browser?.close()
  client.close()
  await stack?.end()
})

/** A browser in which somebody is signed in. */
async function personsBrowser() {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const token = await stack.signIn(`${randomBytes(6).toString('hex')}@example.com`)
  await context.addCookies([{ name: 'session_token', value: token, url: stack.url }])
  return { context, token }
}

/** A fresh client, and the URL that it sends a person to. */
async function startAsking(name = 'Notes') {
  const response = await fetch(`${stack.url}/api/oauth/register`, {
    method: 'POST',
    body: JSON.stringify({ client_name: name, redirect_uris: [clientUrl] }),
  })
  const { client_id: clientId } = (await response.json()) as { client_id: string }
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(8).toString('hex')
  const url = new URL('/api/oauth/authorize', stack.url)
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

/** Presses a button, and waits for the client's answer. */
async function decide(page: Page, button: 'Allow' | 'Refuse'): Promise<URLSearchParams> {
  await page.getByRole('button', { name: button }).click()
  await page.waitForURL(`${clientUrl}*`)
  return new URL(page.url()).searchParams
}

function redeem(
  code: string | null,
  { clientId, verifier }: { clientId: string; verifier: string },
) {
  return fetch(`${stack.url}/api/oauth/token`, {
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
  const row = await stack.database.prepare('select count(*) as n from oauth_grants').first()
  return Number(row?.n)
}

describe('the consent page', () => {
  it('allowed: the client gets a code that is good, its state, and who answers', async () => {
    const { context } = await personsBrowser()
    const page = await context.newPage()
    const asking = await startAsking()
    await page.goto(asking.url)
    const answer = await decide(page, 'Allow')
    expect([answer.get('state'), answer.get('iss')]).toEqual([asking.state, stack.url])
    const redeemed = await redeem(answer.get('code'), asking)
    expect([redeemed.status, (await redeemed.json()).token_type]).toEqual([200, 'Bearer'])
  })

  it('refused: the client is told, and has nothing', async () => {
    const { context } = await personsBrowser()
    const page = await context.newPage()
    const asking = await startAsking()
    const before = await grants()
    await page.goto(asking.url)
    const answer = await decide(page, 'Refuse')
    expect(Object.fromEntries(answer)).toMatchObject({
      error: 'access_denied',
      state: asking.state,
      iss: stack.url,
    })
    expect(answer.has('code')).toBe(false)
    expect(await grants()).toBe(before)
  })

  it('after the back button: it is a new page, asked anew, and the first answer stays as it was', async () => {
    const { context } = await personsBrowser()
    const page = await context.newPage()
    const asking = await startAsking()
    await page.goto(asking.url)
    const first = await decide(page, 'Allow')
    await page.goBack()
    await page.getByRole('heading', { name: 'Allow access' }).waitFor()
    const second = await decide(page, 'Refuse')
    expect(second.get('error')).toBe('access_denied')
    expect((await redeem(first.get('code'), asking)).status).toBe(200)
  })

  it('in two tabs: each answers its own client, and one answer is no answer for the other', async () => {
    const { context } = await personsBrowser()
    const [notes, mail] = [await startAsking('Notes'), await startAsking('Mail')]
    const [left, right] = [await context.newPage(), await context.newPage()]
    await left.goto(notes.url)
    await right.goto(mail.url)
    const refused = await decide(left, 'Refuse')
    const allowed = await decide(right, 'Allow')
    expect([refused.get('state'), allowed.get('state')]).toEqual([notes.state, mail.state])
    expect((await redeem(allowed.get('code'), notes)).status).toBe(400)
    expect((await redeem(allowed.get('code'), mail)).status).toBe(200)
  })

  it('answered a second time, with the very same form: a page that says so, and no second code', async () => {
    const { context } = await personsBrowser()
    const page = await context.newPage()
    const asking = await startAsking()
    await page.goto(asking.url)
    const request = await page.locator('input[name=request]').inputValue()
    await decide(page, 'Allow')
    const before = await grants()
    const again = await context.request.post(`${stack.url}/api/oauth/authorize`, {
      form: { request, decision: 'approve' },
      headers: { 'sec-fetch-site': 'same-origin' },
      maxRedirects: 0,
    })
    expect([again.status(), again.headers().location]).toEqual([400, undefined])
    expect(await grants()).toBe(before)
  })

  it('answered too late: a page of ours that says so, and nothing goes to the client', async () => {
    const { context } = await personsBrowser()
    const page = await context.newPage()
    const asking = await startAsking()
    await page.goto(asking.url)
    await stack.database.prepare('update oauth_requests set expires_at = 1').run()
    const before = await grants()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('has expired').waitFor()
    expect(new URL(page.url()).origin).toBe(stack.url)
    expect(await grants()).toBe(before)
  })

  it('answered after signing out in another tab: nothing is allowed', async () => {
    const { context } = await personsBrowser()
    const page = await context.newPage()
    await page.goto((await startAsking()).url)
    await context.request.post(`${stack.url}/sign-out`, {
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    const before = await grants()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('no longer signed in').waitFor()
    expect(await grants()).toBe(before)
  })

  it('of somebody who is not signed in leads to signing in, and to the client nothing', async () => {
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
    await page.goto((await startAsking()).url)
    expect(new URL(page.url()).pathname).toBe('/sign-in')
  })
})
