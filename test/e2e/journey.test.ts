/**
 * A developer's way in Chromium: from the front page to a key, a call, its count, and the key's
 * end. In every language, without JavaScript; each page of it on a phone and on a screen.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { CREATED_KEY, REVOKE_KEY } from '../../src/pages/words/createdKey.ts'
import { FRONT } from '../../src/pages/words/front.ts'
import { KEYS } from '../../src/pages/words/keys.ts'
import { SIGN_IN } from '../../src/pages/words/signIn.ts'
import { USAGE } from '../../src/pages/words/usage.ts'
import { findingsOn } from '../support/node/axe.ts'
import { startChromium } from '../support/node/chromium.ts'
import { type Dev, devIn } from '../support/node/dev.ts'
import { createKey, signIn } from '../support/node/person.ts'

const PHONE = { width: 390, height: 800 }
const SCREEN = { width: 1280, height: 860 }

const { start, cleanUp } = devIn()
let dev: Dev
let browser: Browser

beforeAll(async () => {
  const port = await freePort(18_587)
  dev = await start({ PORT: String(port), NO_CHAIN: '1', RATE_LIMITS: 'off' })
  browser = await startChromium()
})
afterAll(async () => {
  await browser?.close()
  cleanUp()
})

const shell = promisify(execFile)

/** Runs a line as a shell does with a pasted one, and returns what it prints. */
async function paste(line: string): Promise<string> {
  const PATH = `${process.execPath.replace(/\/[^/]*$/, '')}:${process.env.PATH ?? ''}`
  const { stdout } = await shell('sh', ['-c', line], { env: { ...process.env, PATH } })
  return stdout
}

const statusOf = (curl: string) => paste(`${curl} -s -o /dev/null -w '%{http_code}'`)

/** The value of a fact, like "Calls", in the entry of a list that has this name. */
const factOf = (page: Page, entry: string, name: string) =>
  page
    .getByRole('listitem')
    .filter({ hasText: entry })
    .locator('dl > div')
    .filter({ hasText: name })
    .locator('dd')

/**
 * A second page that shows what another one shows, at both widths: axe-core finds nothing, and
 * nothing is wider than the window. It runs scripts, without which axe-core does not work.
 */
async function createMirror() {
  const context = await browser.newContext({ bypassCSP: true })
  const mirror = await context.newPage()
  await mirror.goto(dev.facts.gateway)
  async function expectGood(page: Page): Promise<void> {
    await mirror.setContent(await page.content())
    for (const size of [PHONE, SCREEN]) {
      await mirror.setViewportSize(size)
      const shown = `${page.url()}, ${size.width} px`
      expect(await findingsOn(mirror), shown).toEqual([])
      const excess = await mirror.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement
        return scrollWidth - clientWidth
      })
      expect(excess, `${shown}: is wider than the window`).toBeLessThanOrEqual(0)
    }
  }
  return { expectGood, close: () => context.close() }
}

describe('from the front page to a key and its end, without JavaScript', () => {
  it.each([
    ['en', 'link'],
    ['tr', 'code'],
    ['es', 'code'],
  ] as const)('in %s', async (locale, by) => {
    const options = { locale, viewport: PHONE, javaScriptEnabled: false }
    const context = await browser.newContext(options)
    const mirror = await createMirror()
    const page = await context.newPage()
    await page.goto(dev.facts.gateway)
    await mirror.expectGood(page)
    expect(await page.locator('html').getAttribute('lang')).toBe(locale)
    await page.getByRole('link', { name: FRONT.getKey[locale] }).click()
    await page.getByRole('heading', { name: SIGN_IN.title[locale], exact: true }).waitFor()
    await mirror.expectGood(page)
    await signIn(page, dev.facts, `e2e-${locale}@example.com`, { by, locale })
    // The account's language is that of the browser that made it.
    await page.getByRole('heading', { name: KEYS.title[locale], exact: true }).waitFor()
    await page.getByText(KEYS.emptyTitle[locale]).waitFor()
    await mirror.expectGood(page)

    const { key, curl } = await createKey(page, 'Laptop', locale)
    expect(key).toMatch(/^xq_[0-9a-f]{64}$/)
    await mirror.expectGood(page)
    expect(await statusOf(curl)).toBe('200')

    await page.getByRole('link', { name: CREATED_KEY.done[locale] }).click()
    expect(await page.content()).not.toContain(key)
    await page.getByRole('link', { name: USAGE.title[locale], exact: true }).click()
    const calls = factOf(page, 'Laptop', KEYS.calls[locale])
    const reloaded = async () => {
      await page.reload()
      return calls.innerText()
    }
    await expect.poll(reloaded, { timeout: 30_000 }).toBe('1')
    await mirror.expectGood(page)

    await page.getByRole('link', { name: KEYS.title[locale], exact: true }).click()
    await page
      .getByRole('link', { name: KEYS.revokeNamed[locale].replace('{name}', 'Laptop') })
      .click()
    await page.getByRole('heading', { name: REVOKE_KEY.title[locale] }).waitFor()
    await mirror.expectGood(page)
    await page.getByRole('button', { name: REVOKE_KEY.confirm[locale] }).click()
    await page.getByRole('status').filter({ hasText: KEYS.revoked[locale] }).waitFor()
    await mirror.expectGood(page)
    expect(await statusOf(curl)).toBe('401')
    await Promise.all([context.close(), mirror.close()])
  })
})

/** The content of the page that the browser shows after going back, its own error pages too. */
async function afterGoingBack(page: Page): Promise<string> {
  await page.goBack().catch(() => null)
  // Playwright refuses to read a page that is on its way.
  const content = () => page.content().catch(() => null)
  await expect.poll(content, { timeout: 10_000 }).not.toBeNull()
  return (await content()) ?? afterGoingBack(page)
}

describe('the page of a new key', () => {
  it('has lines that work as they are pasted, and buttons that copy', async () => {
    const context = await browser.newContext({ viewport: SCREEN })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const page = await context.newPage()
    await page.goto(`${dev.facts.gateway}/dashboard/keys`)
    await signIn(page, dev.facts, 'lines@example.com', { by: 'link' })
    const lines = await createKey(page, 'Server')
    for (const line of [lines.curl, lines.node, lines.python])
      expect(await paste(line)).toContain('"activeKeys":1')
    for (const [what, text] of [
      ['Server', lines.key],
      ['Python', lines.python],
    ]) {
      const button = page.getByRole('button', { name: `Copy: ${what}` })
      await button.click()
      await button.and(page.getByText('Copied', { exact: true })).waitFor()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text)
    }
    await context.close()
  })

  it('shows the key again by a reload, and not by going back or from a cache', async () => {
    const context = await browser.newContext({ viewport: SCREEN })
    const page = await context.newPage()
    await page.goto(`${dev.facts.gateway}/dashboard/keys`)
    await signIn(page, dev.facts, 'reload@example.com', { by: 'link' })
    const { key } = await createKey(page, 'Server')
    await page.reload()
    expect(await page.locator('#key').innerText()).toBe(key)
    await page.getByRole('link', { name: CREATED_KEY.done.en }).click()
    expect(await afterGoingBack(page)).not.toContain(key)
    await page.goto(`${dev.facts.gateway}/dashboard/keys`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    for (let i = 0; i < 4; i++) expect(await afterGoingBack(page)).not.toContain(key)
    await context.close()
  })
})
