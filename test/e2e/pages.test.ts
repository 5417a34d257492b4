/**
 * Every page in Chromium: axe-core finds nothing, nothing is wider than the window, nothing is
 * refused by the page's own policy; and a page of another site can do nothing with any of them.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DEMO_EMAIL } from '../../dev/owner.ts'
import { freePort } from '../../dev/ports.ts'
import { findingsOn } from '../support/node/axe.ts'
import { startChromium } from '../support/node/chromium.ts'
import { type Dev, devIn } from '../support/node/dev.ts'
import { ownHandlers } from '../support/node/ownHandlers.ts'
import { createKey, signIn } from '../support/node/person.ts'

/** The folder for screenshots; without it none are taken. */
const { SCREENSHOTS } = process.env

const { start, cleanUp } = devIn()
let dev: Dev
let browser: Browser
let cookies: Awaited<ReturnType<BrowserContext['cookies']>>
let ownKey: string
/** The pages of an owner who is signed in, and of everybody. */
let pages: { own: string[]; open: string[] }
/** Every path that may take a form. */
let forms: string[]

beforeAll(async () => {
  const port = await freePort(18_687)
  dev = await start({ PORT: String(port), NO_CHAIN: '1', RATE_LIMITS: 'off' })
  browser = await startChromium()
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${dev.facts.gateway}/dashboard/keys`)
  await signIn(page, dev.facts, DEMO_EMAIL, { by: 'link' })
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
  const handlers = await ownHandlers()
  // Documents and pages take no POST.
  const headers = { accept: 'text/html', 'sec-fetch-site': 'cross-site' }
  const takesForms = handlers.forms.map(async (path) => {
    const answer = await fetch(dev.facts.gateway + path, { method: 'POST', headers })
    return answer.status === 405 ? [] : [path]
  })
  forms = (await Promise.all(takesForms)).flat()
  const shown = async (as: BrowserContext) => {
    const found: string[] = []
    // One after the other: many connections at a time would wait for each other.
    for (const path of handlers.reads) {
      const headers = { accept: 'text/html' }
      const answer = await as.request.get(dev.facts.gateway + path, { headers, maxRedirects: 0 })
      if (answer.ok() && answer.headers()['content-type']?.startsWith('text/html')) found.push(path)
    }
    return found
  }
  const stranger = await browser.newContext()
  const own = await shown(context)
  pages = {
    own: [...own, '/dashboard/usage?span=30d&status=5xx'],
    open: (await shown(stranger)).concat(
      '/sign-in/link?token=x',
      '/sign-in/code',
      '/nowhere',
      '/api/v1/account',
      '/api/v1/x/tweets/1',
    ),
  }
  await Promise.all([stranger.close(), context.close()])
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

it('the pages are those that the apps have, and a new one is among them', () => {
  const { own, open } = pages
  expect(own).toEqual(expect.arrayContaining(['/', '/reference', '/sign-in', '/dashboard/keys']))
  // Owners have pages of their own.
  expect(own).toEqual(expect.arrayContaining(['/dashboard/accounts', '/dashboard/payments']))
  expect(open).toEqual(expect.arrayContaining(['/', '/reference', '/sign-in']))
  expect(open.filter((path) => path.startsWith('/dashboard'))).toEqual([])
})

describe('can be used by everybody, on a phone and on a screen, in light and in dark', () => {
  /** Opens a page; the reference is drawn by a script. */
  async function open(page: Page, path: string): Promise<void> {
    await page.goto(dev.facts.gateway + path)
    if (path === '/reference') await page.locator('.opblock-tag').first().waitFor()
  }

  it('every page of a person', async () => {
    const page = await newPage({ bypassCSP: true })
    for (const path of pages.own) {
      await open(page, path)
      await expectGood(page, path)
    }
    await page.context().close()
  })

  it('every page without signing in', async () => {
    const page = await newPage({ bypassCSP: true }, false)
    // The reference has the same parts as above, and takes long to draw.
    for (const path of pages.open.filter((one) => one !== '/reference')) {
      await open(page, path)
      await expectGood(page, `open ${path}`)
    }
    await page.context().close()
  })

  it('an operation of the reference, opened, and tried out', async () => {
    const page = await newPage({ bypassCSP: true })
    await open(page, '/reference')
    await page.locator('.opblock-tag', { hasText: 'drafts' }).click()
    await page.locator('.opblock-summary-control').first().click()
    await page.getByRole('button', { name: 'Try it out' }).first().click()
    await page.getByRole('button', { name: 'Execute' }).waitFor()
    await expectGood(page, 'operation')
    await page.context().close()
  })

  it('the pages of a key, from its creation to its end', async () => {
    const page = await newPage({ bypassCSP: true })
    await open(page, '/dashboard/keys')
    await createKey(page, 'Short')
    await expectGood(page, 'created')
    await page.getByRole('link', { name: 'I have copied it' }).click()
    await page.getByRole('link', { name: 'Revoke Short' }).first().click()
    await page.getByRole('heading', { name: 'Revoke this key?' }).waitFor()
    await expectGood(page, 'revoke')
    await page.getByRole('button', { name: 'Revoke key' }).click()
    await page.getByRole('status').waitFor()
    await expectGood(page, 'revoked')
    await page.context().close()
  })
})

async function expectGood(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 })
      // A colour on its way to another one is none of the page.
      await page.evaluate(async () => {
        await new Promise(requestAnimationFrame)
        await Promise.allSettled(document.getAnimations().map(({ finished }) => finished))
      })
      const shown = `${name}, ${width} px, ${colorScheme}`
      if (SCREENSHOTS) {
        const file = shown.replace(/\W+/g, '-')
        await page.screenshot({ path: `${SCREENSHOTS}/${file}.png`, fullPage: true })
      }
      expect(await findingsOn(page), shown).toEqual([])
      const { excess, tab } = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement
        const tab = document.querySelector('.tabs [aria-current]')?.getBoundingClientRect()
        return {
          excess: scrollWidth - clientWidth,
          tab: tab === undefined || (tab.left >= 0 && tab.right <= clientWidth),
        }
      })
      expect(excess, `${shown}: is wider than the window`).toBeLessThanOrEqual(0)
      expect(tab, `${shown}: shows its own tab`).toBe(true)
    }
  }
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
    for (const path of pages.own) {
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
    for (const action of forms) {
      html = `<form method="post" action="${dev.facts.gateway}${action}">
        <input name="id" value="1"><input name="token" value="${'a'.repeat(32)}">
        <input name="name" value="Evil"><input name="locale" value="tr">
        <input name="email" value="evil@example.com"><button>Win</button></form>`
      await page.goto(attacker.url)
      const answered = page.waitForResponse((response) => response.url().endsWith(action))
      await page.getByRole('button', { name: 'Win' }).click()
      expect((await answered).status(), action).toBe(403)
    }
    const some = [
      '/sign-in',
      '/sign-out',
      '/language',
      '/dashboard/keys/new',
      '/dashboard/account/end',
    ]
    expect(forms).toEqual(expect.arrayContaining(some))
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
    for (const path of pages.own) {
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
    await signIn(page, dev.facts, DEMO_EMAIL, { by: 'code' })
    await page.getByRole('heading', { name: 'API keys' }).waitFor()
    expect(await page.content()).not.toContain(ownKey)
    expect(await page.content()).toContain(ownKey.slice(0, 8))
    await page.context().close()
  })
})
