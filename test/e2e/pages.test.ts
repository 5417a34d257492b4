/**
 * Every page in Chromium: axe-core finds nothing, nothing is wider than the window, nothing is
 * refused by the page's own policy; and a page of another site can do nothing with any of them.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { findingsOn } from '../support/node/axe.ts'
import { startChromium } from '../support/node/chromium.ts'
import { type Dev, devIn } from '../support/node/dev.ts'
import { createKey, signIn } from '../support/node/person.ts'

/** The folder for screenshots; without it none are taken. */
const { SCREENSHOTS } = process.env

const { start, cleanUp } = devIn()
let dev: Dev
let browser: Browser
let cookies: Awaited<ReturnType<BrowserContext['cookies']>>
let ownKey: string

beforeAll(async () => {
  const port = await freePort(18_687)
  dev = await start({ PORT: String(port), NO_CHAIN: '1', RATE_LIMITS: 'off' })
  browser = await startChromium()
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${dev.facts.gateway}/dashboard/keys`)
  await signIn(page, dev.facts, 'pages@example.com', { by: 'link' })
  ownKey = (await createKey(page, NAME)).key
  // The page of usage has a chart only if there is usage.
  for (const path of ['account', 'trends', 'x/tweets/1', 'x/tweets/1', 'drafts/no%2Fid']) {
    const headers = { 'x-api-key': ownKey }
    await (await fetch(`${dev.facts.gateway}/api/v1/${path}`, { headers })).arrayBuffer()
  }
  await vi.waitUntil(
    async () => {
      await page.goto(`${dev.facts.gateway}/dashboard/usage`)
      return (await page.getByRole('img', { name: 'Calls over time' }).count()) === 1
    },
    { timeout: 30_000 },
  )
  cookies = await context.cookies()
  await context.close()
})
afterAll(async () => {
  await browser?.close()
  cleanUp()
})

/** A key's name that would be markup if a page let it. */
const NAME = `"><img src=x onerror=alert(1)><script>alert(2)</script>`

async function newPage(options: object = {}, signedIn = true): Promise<Page> {
  const context = await browser.newContext(options)
  if (signedIn) await context.addCookies(cookies)
  return context.newPage()
}

const OPEN_PAGES = [
  '/sign-in',
  '/sign-in/link?token=x',
  '/nowhere',
  '/api/v1/account',
  '/api/v1/x/tweets/1',
]
const OWN_PAGES = [
  '/',
  '/reference',
  '/sign-in',
  '/dashboard/keys',
  '/dashboard/usage',
  '/dashboard/usage?span=30d&status=5xx',
  '/dashboard/apps',
  '/dashboard/account',
]

describe.each([390, 1280])('at %i px', (width) => {
  it.each(['light', 'dark'] as const)(
    'every page can be used by everybody, in %s',
    async (scheme) => {
      const options = { viewport: { width, height: 800 }, colorScheme: scheme, bypassCSP: true }
      for (const signedIn of [true, false]) {
        const page = await newPage(options, signedIn)
        for (const path of signedIn ? OWN_PAGES : OPEN_PAGES) {
          await page.goto(dev.facts.gateway + path)
          if (path === '/reference') await page.locator('.opblock-tag').first().waitFor()
          await expectGood(page, `${path} ${signedIn}`, `${width}-${scheme}`)
        }
        if (!signedIn) continue
        await page.goto(`${dev.facts.gateway}/dashboard/keys`)
        await createKey(page, 'Short')
        await expectGood(page, 'created', `${width}-${scheme}`)
        await page.getByRole('link', { name: 'I have copied it' }).click()
        await page.getByRole('link', { name: 'Revoke Short' }).first().click()
        await page.getByRole('heading', { name: 'Revoke this key?' }).waitFor()
        await expectGood(page, 'revoke', `${width}-${scheme}`)
        await page.getByRole('button', { name: 'Revoke key' }).click()
        await page.getByRole('status').waitFor()
        await expectGood(page, 'revoked', `${width}-${scheme}`)
        await page.context().close()
      }
    },
  )
})

async function expectGood(page: Page, name: string, size: string): Promise<void> {
  if (SCREENSHOTS) {
    const file = name.replace(/\W+/g, '-')
    await page.screenshot({ path: `${SCREENSHOTS}/${file}-${size}.png`, fullPage: true })
  }
  expect(await findingsOn(page), name).toEqual([])
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return scrollWidth - clientWidth
  })
  expect(wide, `${name} is wider than the window`).toBeLessThanOrEqual(0)
}

describe('no page', () => {
  it('breaks its own policy, runs a name, or loads from another host', async () => {
    const page = await newPage()
    const complaints: string[] = []
    const hosts = new Set<string>()
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('dialog', (dialog) => {
      complaints.push(dialog.message())
      void dialog.dismiss()
    })
    page.on('request', (request) => hosts.add(new URL(request.url()).host))
    for (const path of OWN_PAGES) {
      await page.goto(dev.facts.gateway + path)
      if (path === '/reference') await page.locator('.opblock-tag').first().waitFor()
    }
    await createKey(await page.goto(`${dev.facts.gateway}/dashboard/keys`).then(() => page), NAME)
    expect(await page.locator('h2 bdi').innerText()).toContain(NAME)
    expect(complaints).toEqual([])
    expect([...hosts]).toEqual([new URL(dev.facts.gateway).host])
    await page.context().close()
  })
})

describe('a page of another site', () => {
  let attacker: { url: string; close: () => void }
  let html = ''

  beforeAll(async () => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(html)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    attacker = { url: `http://127.0.0.1:${port}/`, close: () => server.close() }
  })
  afterAll(() => attacker.close())

  it('submits none of our forms, and signs nobody in or out', async () => {
    const page = await newPage()
    const actions = new Set([
      '/dashboard/keys/new',
      '/dashboard/keys/revoke',
      '/sign-in',
      '/sign-in/code',
      '/sign-in/link',
    ])
    for (const path of OWN_PAGES) {
      await page.goto(dev.facts.gateway + path)
      const forms = page.locator('form[method=post]')
      for (const form of await forms.all()) actions.add((await form.getAttribute('action')) ?? '')
    }
    expect(actions).toContain('/sign-out')
    expect(actions).toContain('/language')
    for (const action of actions) {
      html = `<form method="post" action="${dev.facts.gateway}${action}">
        <input name="id" value="1"><input name="token" value="${'a'.repeat(32)}">
        <input name="name" value="Evil"><input name="locale" value="tr">
        <input name="email" value="evil@example.com"><button>Win</button></form>`
      await page.goto(attacker.url)
      const answered = page.waitForResponse((response) => response.url().endsWith(action))
      await page.getByRole('button', { name: 'Win' }).click()
      expect((await answered).status(), action).toBe(403)
    }
    await page.goto(`${dev.facts.gateway}/dashboard/keys`)
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(await page.getByRole('listitem').filter({ hasText: 'Evil' }).count()).toBe(0)
    await page.getByRole('listitem').filter({ hasText: 'onerror' }).first().waitFor()
    const mail = await fetch(`${dev.facts.mailbox}`)
    expect(await mail.text()).not.toContain('evil@example.com')
    await page.context().close()
  })

  it('shows none of our pages in a frame, and reads nothing of them', async () => {
    const page = await newPage()
    for (const path of OWN_PAGES) {
      html = `<iframe src="${dev.facts.gateway}${path}"></iframe>`
      await page.goto(attacker.url)
      expect(await page.frames()[1]?.locator('main').count(), path).toBe(0)
    }
    html = ''
    await page.goto(attacker.url)
    const read = await page.evaluate(
      (url) =>
        fetch(url, { credentials: 'include' }).then(
          (response) => response.text(),
          () => 'refused',
        ),
      `${dev.facts.gateway}/dashboard/keys`,
    )
    expect(read).toBe('refused')
    await page.context().close()
  })

  it('leads nobody away after signing in, and fixes no session', async () => {
    const context = await browser.newContext()
    const { gateway } = dev.facts
    const [session] = cookies.filter(({ name }) => name === 'session_token')
    // The attacker has set a session of their own, which the person's sign-in must not keep.
    await context.addCookies(cookies)
    const page = await context.newPage()
    await page.goto(gateway)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await context.addCookies([{ name: 'session_token', value: 'f'.repeat(64), url: gateway }])
    for (const [number, to] of ['https://evil.test/', '//evil.test/', '/\\evil.test'].entries()) {
      await page.goto(
        `${gateway}/sign-in?return=${encodeURIComponent(to)}&next=${encodeURIComponent(to)}`,
      )
      await signIn(page, dev.facts, `victim-${number}@example.com`, { by: 'link' })
      await page.getByRole('heading', { name: 'API keys' }).waitFor()
      expect(new URL(page.url()).origin).toBe(gateway)
      const now = (await context.cookies()).filter(({ name }) => name === 'session_token')
      expect(now).toHaveLength(1)
      expect([session?.value, 'f'.repeat(64)]).not.toContain(now[0]?.value)
      await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    }
    await context.close()
  })

  it('finds no whole key on any page that it could get at later', async () => {
    // The session of `cookies` was ended above; a new one sees only prefixes.
    const page = await newPage({}, false)
    await page.goto(`${dev.facts.gateway}/dashboard/keys`)
    await signIn(page, dev.facts, 'pages@example.com', { by: 'code' })
    await page.getByRole('heading', { name: 'API keys' }).waitFor()
    expect(await page.content()).not.toContain(ownKey)
    expect(await page.content()).toContain(ownKey.slice(0, 8))
    await page.context().close()
  })
})
