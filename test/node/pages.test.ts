/** The pages in Chromium without JavaScript, served by `npm run dev` with its mailbox. */
import { mkdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../dev/bundle.ts'
import { freePort } from '../../dev/ports.ts'
import { startChromium } from '../support/node/chromium.ts'
import { type Dev, devIn } from '../support/node/dev.ts'

const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 } }

/** The folder for screenshots; without it none are taken. */
const { SCREENSHOTS } = process.env

const { start, cleanUp } = devIn()
let dev: Dev
let browser: Browser

beforeAll(async () => {
  const port = await freePort(18_487)
  dev = await start({ PORT: String(port), NO_CHAIN: '1', RATE_LIMITS: 'off' })
  browser = await startChromium()
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true })
})
afterAll(async () => {
  await browser?.close()
  cleanUp()
})

/** A browser with cookies of its own, and without JavaScript. */
function newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  return browser.newContext({ javaScriptEnabled: false, ...options })
}

const screenshot = (page: Page, name: string) =>
  SCREENSHOTS ? page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true }) : null

async function askFor(page: Page, email: string): Promise<void> {
  await page.goto(`${dev.facts.gateway}/sign-in`)
  await page.getByLabel('E-mail').fill(email)
  await page.getByRole('button', { name: 'Send the link' }).click()
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor()
}

/** The link in the latest mail to an address. */
async function linkTo(email: string): Promise<string> {
  const answer = await fetch(`${dev.facts.mailbox}?email=${encodeURIComponent(email)}`)
  const { text } = (await answer.json()) as { text: string }
  return /http:\S+/.exec(text)?.[0] ?? ''
}

/** Presses Tab until an element of this kind has the focus: behind the links of the frame. */
async function tabTo(page: Page, kind: string): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press('Tab')
    if ((await page.locator(':focus').evaluate(({ tagName }) => tagName)) === kind) return
  }
  throw new Error(`no ${kind} among the first 10 stops`)
}

describe('signing in', () => {
  it('leads from the form through the mail to a session, and loads nothing from other hosts', async () => {
    const context = await newContext()
    const page = await context.newPage()
    const complaints: string[] = []
    const hosts = new Set<string>()
    page.on('console', (message) => complaints.push(message.text()))
    page.on('request', (request) => hosts.add(new URL(request.url()).host))
    await askFor(page, 'Nina@Example.com')
    await screenshot(page, 'mail-sent')

    await page.goto(`${dev.facts.mailbox}?email=nina@example.com`)
    await page.getByRole('link', { name: /\/sign-in\/link/ }).click()
    await page.getByRole('heading', { name: 'Is this you?' }).waitFor()
    await screenshot(page, 'link')
    expect(await page.getByRole('main').innerText()).toContain('nina@example.com')

    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'API keys' }).waitFor()
    await screenshot(page, 'signed-in')
    const protectedCookie = { httpOnly: true, secure: true, path: '/', domain: 'localhost' }
    const cookies = await context.cookies()
    expect(cookies.sort((left, right) => left.name.localeCompare(right.name))).toEqual([
      expect.objectContaining({ ...protectedCookie, name: '__Host-signed_in', sameSite: 'Lax' }),
      expect.objectContaining({ ...protectedCookie, name: 'session_token', sameSite: 'Lax' }),
    ])
    expect(complaints).toEqual([])
    const ours = [dev.facts.gateway, dev.facts.mailbox].map((url) => new URL(url).host)
    expect([...hosts].sort()).toEqual(ours.sort())

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    const left = (await context.cookies()).map(({ name }) => name)
    expect(left).toEqual(['__Host-signed_in'])
  })

  it('works by keyboard alone', async () => {
    const page = await (await newContext()).newPage()
    await page.goto(`${dev.facts.gateway}/sign-in`)
    await tabTo(page, 'INPUT')
    await page.keyboard.type('kim@example.com')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Check your mail' }).waitFor()
    await page.goto(await linkTo('kim@example.com'))
    await tabTo(page, 'BUTTON')
    await screenshot(page, 'focus')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'API keys' }).waitFor()
  })

  it('is not possible in another browser with the same link', async () => {
    await askFor(await (await newContext()).newPage(), 'olga@example.com')
    const other = await newContext()
    const page = await other.newPage()
    await page.goto(await linkTo('olga@example.com'))
    await page.getByRole('heading', { name: 'This link is for another browser' }).waitFor()
    await screenshot(page, 'other-browser')
    expect(await other.cookies()).toEqual([])
  })

  it('says at the field what is wrong with the input', async () => {
    const page = await (await newContext()).newPage()
    await page.goto(`${dev.facts.gateway}/sign-in`)
    // The browser's own check accepts this address.
    await page.getByLabel('E-mail').fill('ann@localhost')
    await page.getByRole('button', { name: 'Send the link' }).click()
    const field = page.getByLabel('E-mail')
    await page.getByText('Enter a valid e-mail address.').waitFor()
    expect(await field.getAttribute('aria-describedby')).toBe('refused')
    expect(await field.inputValue()).toBe('ann@localhost')
    await screenshot(page, 'refused')
  })
})

describe('a page of another site', () => {
  it('can neither show the form in a frame nor submit it', async () => {
    const gateway = dev.facts.gateway
    const attacker = await serve((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<iframe src="${gateway}/sign-in"></iframe>
        <form method="post" action="${gateway}/sign-in"><input name="email" value="eve@example.com">
        <button>Win</button></form>`)
    })
    try {
      const page = await (await newContext()).newPage()
      await page.goto(attacker.url)
      const [, frame] = page.frames()
      expect(await frame?.locator('form').count()).toBe(0)
      await page.getByRole('button', { name: 'Win' }).click()
      expect(await page.getByRole('main').innerText()).toContain('must come from this site')
      const mails = (await (await fetch(dev.facts.mailbox)).json()) as { to: string }[]
      expect(mails.filter(({ to }) => to === 'eve@example.com')).toEqual([])
    } finally {
      attacker.close()
    }
  })
})

describe('the consent page', () => {
  let consent: string
  let end: () => Promise<void>

  beforeAll(async () => {
    const client = await serve((_, response) => response.end('back at the client'))
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        modules: true,
        script: await bundle(
          fileURLToPath(new URL('../support/worker/consentPages.ts', import.meta.url)),
        ),
        compatibilityDate: '2026-10-23',
        bindings: { CLIENT_URL: `${client.url}/cb` },
      }),
    )
    consent = (await miniflare.ready).origin
    end = async () => {
      client.close()
      await miniflare.dispose()
    }
  })
  afterAll(() => end())

  it('sends the decision, and the browser returns to the client', async () => {
    for (const [button, decision] of [
      ['Allow', 'approve'],
      ['Refuse', 'deny'],
    ] as const) {
      const page = await (await newContext()).newPage()
      await page.goto(consent)
      await page.getByRole('button', { name: button }).click()
      await page.getByText('back at the client').waitFor()
      const answers = await (await fetch(`${consent}/answers`)).json()
      const fields = { request: 'a'.repeat(64), choice: 'scopes', scopes: 'mcp:tools' }
      expect(answers).toContainEqual({ ...fields, decision })
    }
  })

  it.each(['light', 'dark'] as const)(
    'is readable in %s colours, on a screen and on a phone, with any name of the client',
    async (colorScheme) => {
      for (const [size, options] of [
        ['wide', {}],
        ['phone', PHONE],
      ] as const) {
        for (const path of ['/', '/hostile']) {
          const context = await newContext({ javaScriptEnabled: true, colorScheme, ...options })
          const page = await context.newPage()
          const dialogs: string[] = []
          page.on('dialog', (dialog) => {
            dialogs.push(dialog.message())
            void dialog.dismiss()
          })
          await page.goto(consent + path)
          await screenshot(page, `consent${path.replace('/', '-')}${size}-${colorScheme}`)
          expect(await overflowing(page)).toEqual([])
          expect(await lowContrast(page)).toEqual([])
          expect(dialogs).toEqual([])
          const allow = page.getByRole('button', { name: 'Allow' })
          expect((await allow.boundingBox())?.height).toBeGreaterThanOrEqual(44)
        }
      }
    },
  )

  it('shows a hostile name as one line of plain text', async () => {
    const page = await (await newContext({ javaScriptEnabled: true })).newPage()
    await page.goto(`${consent}/hostile`)
    const name = await page.locator('main p bdi').first().innerText()
    expect(name).toBe(`Your bank evil<script>alert(1)</script> ${'W'.repeat(23)}…`)
    expect(await page.locator('script').count()).toBe(0)
    await page.getByText('a program on your own computer').waitFor()
    expect(await page.getByRole('main').innerText()).toMatch(/your-bank\.example\.evil\.test\n/)
  })
})

describe('every page of signing in', () => {
  it.each(['light', 'dark'] as const)(
    'is readable in %s colours and on a phone',
    async (scheme) => {
      const options = { javaScriptEnabled: true, colorScheme: scheme }
      for (const [size, more] of [
        ['wide', {}],
        ['phone', PHONE],
      ] as const) {
        const page = await (await newContext({ ...options, ...more })).newPage()
        const email = `${'a-long-name'.repeat(5)}@${'long-host.'.repeat(6)}example.com`
        for (const [name, show] of [
          ['form', () => page.goto(`${dev.facts.gateway}/sign-in`)],
          ['mail', () => askFor(page, email)],
          ['confirm', async () => page.goto(await linkTo(email))],
          ['invalid', () => page.goto(`${dev.facts.gateway}/sign-in/link?token=x`)],
        ] as const) {
          await show()
          await screenshot(page, `${name}-${size}-${scheme}`)
          expect(await overflowing(page), name).toEqual([])
          expect(await lowContrast(page), name).toEqual([])
          expect(await page.locator('html').getAttribute('lang')).toBe('en')
        }
      }
    },
  )
})

/** The texts of elements that are wider than the window. */
function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('body *')]
      .filter((element) => {
        const { left, right } = element.getBoundingClientRect()
        return left < 0 || right > document.documentElement.clientWidth + 0.5
      })
      .map((element) => element.textContent ?? ''),
  )
}

/** The texts whose contrast is below 4.5 to 1 (WCAG 2.2, 1.4.3). */
function lowContrast(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number)
    const luminance = (color: string) => {
      const [r = 0, g = 0, b = 0] = channels(color).map((value) => {
        const part = value / 255
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const groundOf = (element: Element | null): string => {
      if (element === null) return 'rgb(255, 255, 255)'
      const { backgroundColor } = getComputedStyle(element)
      return channels(backgroundColor)[3] === 0 ? groundOf(element.parentElement) : backgroundColor
    }
    const hasText = (element: Element) =>
      [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
      )
    return [...document.querySelectorAll('body *')].filter(hasText).flatMap((element) => {
      const ink = luminance(getComputedStyle(element).color)
      const ground = luminance(groundOf(element))
      const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05)
      return ratio < 4.5 ? [`${element.textContent} ${ratio}`] : []
    })
  })
}

/** A server on loopback, at 127.0.0.1: another origin than the gateway's `localhost`. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() }
}
