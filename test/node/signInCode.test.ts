/**
 * A person who asks for access in one browser and reads the mail in another: Chromium without
 * JavaScript, at the gateway of `npm run dev`.
 */
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { startChromium } from '../support/node/chromium.ts'
import { type Dev, devIn } from '../support/node/dev.ts'

/** The folder for screenshots; without it none are taken. */
const { SCREENSHOTS } = process.env

/** Characters that a URL's query may have as they are, and that are often lost on the way. */
const STATE = 'a|b[c]{d}^`e\\f%g~h+i'

const { start, cleanUp } = devIn()
let dev: Dev
let browser: Browser
let clientUrl: string
/** An OAuth client, which shows the URL of each request. */
const client = createServer((request, response) => response.end(`got ${request.url}`))

beforeAll(async () => {
  dev = await start({
    PORT: String(await freePort(18_687)),
    NO_CHAIN: '1',
    RATE_LIMITS: 'off',
  })
  browser = await startChromium()
  await new Promise<void>((resolve) => client.listen(0, '127.0.0.1', resolve))
  clientUrl = `http://127.0.0.1:${(client.address() as AddressInfo).port}/callback`
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true })
})
afterAll(async () => {
  await browser?.close()
  client.close()
  cleanUp()
})

const newContext = (): Promise<BrowserContext> => browser.newContext({ javaScriptEnabled: false })

async function screenshot(page: Page, name: string): Promise<void> {
  if (!SCREENSHOTS) return
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    await page.screenshot({ path: `${SCREENSHOTS}/signin-${name}-${width}.png`, fullPage: true })
  }
}

/** The URL where a new client sends its user's browser, with `STATE` as it stands. */
async function authorizationUrl(): Promise<string> {
  const response = await fetch(`${dev.facts.gateway}/api/oauth/register`, {
    method: 'POST',
    body: JSON.stringify({ client_name: 'Notes', redirect_uris: [clientUrl] }),
  })
  const { client_id } = (await response.json()) as { client_id: string }
  const query = new URLSearchParams({
    response_type: 'code',
    client_id,
    redirect_uri: clientUrl,
    code_challenge: 'c'.repeat(43),
    code_challenge_method: 'S256',
  })
  return `${dev.facts.gateway}/api/oauth/authorize?${query}&state=${STATE}`
}

async function mailTo(email: string): Promise<{ link: string; code: string }> {
  const answer = await fetch(`${dev.facts.mailbox}?email=${encodeURIComponent(email)}`)
  const { text } = (await answer.json()) as { text: string }
  return {
    link: /http:\S+/.exec(text)?.[0] ?? '',
    code: /^\w{4}-\w{4}$/m.exec(text)?.[0] ?? '',
  }
}

async function askFor(page: Page, email: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByRole('button', { name: 'Send the link' }).click()
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor()
}

/** The state that the client gets after the person has pressed "Allow". */
async function stateAfterAllowing(page: Page): Promise<string | null> {
  await page.getByRole('heading', { name: 'Allow access to your account?' }).waitFor()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByText('got /callback').waitFor()
  return new URL(page.url()).searchParams.get('state')
}

/** `STATE` as a client reads it from a query. */
const STATE_AS_READ = new URLSearchParams(`state=${STATE}`).get('state')

it('opens the link elsewhere, types the code where it asked, and arrives at the client', async () => {
  const page = await (await newContext()).newPage()
  await page.goto(await authorizationUrl())
  await page.getByText('asks for access to your account.').waitFor()
  await screenshot(page, 'form')
  await askFor(page, 'pat@example.com')
  await screenshot(page, 'wait')
  const { link, code } = await mailTo('pat@example.com')

  const phone = await newContext()
  const elsewhere = await phone.newPage()
  await elsewhere.goto(link)
  await elsewhere.getByRole('heading', { name: 'This link is for another browser' }).waitFor()
  await elsewhere.getByText('type the code of the mail').waitFor()
  await screenshot(elsewhere, 'elsewhere')
  expect(await phone.cookies()).toEqual([])

  const wrong = code.replace(/^./, (letter) => (letter === 'B' ? 'C' : 'B'))
  await page.getByLabel('Code').fill(wrong)
  await page.keyboard.press('Enter')
  await page.getByText('This is not the code').waitFor()
  await screenshot(page, 'wrong')
  await page.getByLabel('Code').fill(` ${code.toLowerCase().replace('-', ' ')} `)
  await page.keyboard.press('Enter')
  expect(await stateAfterAllowing(page)).toBe(STATE_AS_READ)
})

it('changes its mind about the account, and still arrives at the client', async () => {
  const page = await (await newContext()).newPage()
  await page.goto(await authorizationUrl())
  await askFor(page, 'first@example.com')
  await page.getByLabel('Code').fill((await mailTo('first@example.com')).code)
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Use another account' }).click()
  await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
  await screenshot(page, 'another')
  await page.getByRole('button', { name: 'Sign out and use another account' }).click()
  await askFor(page, 'second@example.com')
  await page.goto((await mailTo('second@example.com')).link)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('main').getByText('second@example.com').waitFor()
  expect(await stateAfterAllowing(page)).toBe(STATE_AS_READ)
})

it('types five wrong codes, asks for a new mail, and still arrives at the client', async () => {
  const page = await (await newContext()).newPage()
  await page.goto(await authorizationUrl())
  await askFor(page, 'clumsy@example.com')
  for (const last of ['2', '3', '4', '5', '6']) {
    await page.getByLabel('Code').fill(`BBBB-BBB${last}`)
    await page.keyboard.press('Enter')
    if (last !== '6') await page.getByText('This is not the code').waitFor()
  }
  await page.getByRole('heading', { name: 'Too many attempts' }).waitFor()
  await page.getByText(/Request: req_/).waitFor()
  await screenshot(page, 'spent')
  await page.getByRole('link', { name: 'Ask for a new mail' }).click()
  await askFor(page, 'clumsy@example.com')
  await page.getByLabel('Code').fill((await mailTo('clumsy@example.com')).code)
  await page.keyboard.press('Enter')
  expect(await stateAfterAllowing(page)).toBe(STATE_AS_READ)
})
