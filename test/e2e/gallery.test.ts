/**
 * Every page and every mail in Chromium, in every state: axe-core finds nothing, nothing is wider
 * than the window, and no text of a stranger becomes markup. They are made from sample data, so
 * that owners' pages, errors and empty lists are there too; `pages.test.ts` looks at real ones.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../dev/bundle.ts'
import { findingsOn } from '../support/node/axe.ts'
import { startChromium, withAssets } from '../support/node/chromium.ts'
import { COMPATIBILITY } from '../support/node/workers.ts'

/** The folder for screenshots; without it none are taken. */
const { SCREENSHOTS } = process.env

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))

let miniflare: Miniflare
let browser: Browser
let gallery: string
let names: string[]

beforeAll(async () => {
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true })
  const script = await bundle(path('test/support/worker/pageGallery.ts'))
  miniflare = new Miniflare(convertV4MiniflareOptions({ ...COMPATIBILITY, modules: true, script }))
  gallery = (await miniflare.ready).origin
  names = (await (await fetch(gallery)).json()) as string[]
  browser = await startChromium()
})
afterAll(async () => {
  await browser?.close()
  await miniflare?.dispose()
})

/** The functions of `src/pages` that make a page or a mail: who calls `page` or `writeMail`. */
function makers(): string[] {
  const found = new Set<string>()
  for (const file of readdirSync(path('src/pages'), { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(file)) continue
    const source = readFileSync(path(`src/pages/${file}`), 'utf8')
    for (const part of source.split(/^(?=export )/m)) {
      const [, name] = /^export (?:async )?function (\w+)/.exec(part) ?? []
      if (name !== undefined && /return (?:page|writeMail)\(/.test(part)) found.add(name)
    }
  }
  return [...found].sort()
}

it('the gallery has every page and every mail', () => {
  expect(makers().length).toBeGreaterThan(20)
  // The page of an error of the API is made by that of a Problem.
  const made = [...makers(), 'errorPage'].sort()
  expect([...new Set(names.map((name) => name.split('/')[0]))].sort()).toEqual(made)
})

const PHONE = { width: 390, height: 800 }
const SCREEN = { width: 1280, height: 800 }

describe.concurrent('every page and mail', () => {
  it.each([
    ['en', PHONE, 'light'],
    ['tr', SCREEN, 'dark'],
    ['es', PHONE, 'dark'],
  ] as const)('in %s', async (locale, viewport, colorScheme) => {
    const context = await withAssets(
      await browser.newContext({ locale, viewport, colorScheme, bypassCSP: true }),
    )
    const page = await context.newPage()
    const resize = await resizerOf(page)
    const findings: string[] = []
    page.on('dialog', (dialog) => {
      findings.push(`ran ${dialog.message()}`)
      void dialog.dismiss()
    })
    // One page whose content is replaced: a navigation, with all of axe-core, takes much longer.
    await page.goto(`${gallery}/gallery/${names[0]}`)
    for (const name of names.filter((one) => !one.endsWith('.txt'))) {
      const headers = { 'accept-language': locale }
      await page.setContent(await (await fetch(`${gallery}/gallery/${name}`, { headers })).text())
      if (SCREENSHOTS) await takeScreenshots(page, `${name}-${locale}`, colorScheme)
      const look = async (width: number) => {
        const { lang, shownWidth, excess, lines } = await page.evaluate(() => {
          const { lang, scrollWidth, clientWidth } = document.documentElement
          const tabs = [...document.querySelectorAll('.tabs li')]
          const tops = new Set(tabs.map((tab) => tab.getBoundingClientRect().top))
          const excess = scrollWidth - clientWidth
          return { lang, shownWidth: globalThis.innerWidth, excess, lines: tops.size }
        })
        expect(shownWidth).toBe(width)
        if (lang !== locale) findings.push(`${name} is in the language "${lang}"`)
        if (excess > 0) findings.push(`${name} is wider than a window of ${width} px`)
        if (lines > 1) findings.push(`${name} has ${lines} lines of tabs at ${width} px`)
      }
      await look(viewport.width)
      // One language on a phone in light, one on a screen in dark: a third has only other words.
      if (locale !== 'es')
        for (const finding of await findingsOn(page)) findings.push(`${name}: ${finding}`)
      const other = viewport === PHONE ? SCREEN : PHONE
      await resize(other)
      await look(other.width)
      await resize(viewport)
    }
    expect(findings).toEqual([])
    await context.close()
  })
})

/** Changes the window's size as Chromium does it, without what Playwright waits for. */
async function resizerOf(page: Page) {
  const devTools = await page.context().newCDPSession(page)
  return (size: { width: number; height: number }) =>
    devTools.send('Emulation.setDeviceMetricsOverride', {
      ...size,
      deviceScaleFactor: 1,
      mobile: false,
    })
}

/** At both widths, in both colour schemes. Ends with `colorScheme`. */
async function takeScreenshots(page: Page, name: string, colorScheme: 'light' | 'dark') {
  const viewport = page.viewportSize() ?? SCREEN
  const other = colorScheme === 'light' ? 'dark' : 'light'
  for (const scheme of [other, colorScheme] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    for (const size of [PHONE, SCREEN]) {
      await page.setViewportSize(size)
      const file = `${name.replace('/', '-')}-${size.width}-${scheme}.png`
      await page.screenshot({ path: `${SCREENSHOTS}/${file}`, fullPage: true })
    }
  }
  await page.setViewportSize(viewport)
}
