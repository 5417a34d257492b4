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

describe('every page and mail', () => {
  it.each([
    ['en', PHONE, 'light'],
    ['tr', SCREEN, 'dark'],
    ['es', PHONE, 'dark'],
  ] as const)('in %s', async (locale, viewport, colorScheme) => {
    const context = await withAssets(
      await browser.newContext({ locale, viewport, colorScheme, bypassCSP: true }),
    )
    const page = await context.newPage()
    const findings: string[] = []
    page.on('dialog', (dialog) => {
      findings.push(`${page.url()} ran ${dialog.message()}`)
      void dialog.dismiss()
    })
    for (const name of names.filter((one) => !one.endsWith('.txt'))) {
      await page.goto(`${gallery}/gallery/${name}`)
      expect(await page.locator('html').getAttribute('lang'), name).toBe(locale)
      if (SCREENSHOTS) {
        const file = `${name.replace('/', '-')}-${locale}.png`
        await page.screenshot({ path: `${SCREENSHOTS}/${file}`, fullPage: true })
      }
      // One language on a phone in light, one on a screen in dark: a third has only other words.
      if (locale !== 'es')
        for (const finding of await findingsOn(page)) findings.push(`${name}: ${finding}`)
      for (const size of [SCREEN, PHONE]) {
        await page.setViewportSize(size)
        if ((await excessWidth(page)) > 0)
          findings.push(`${name} is wider than a window of ${size.width} px`)
      }
      await page.setViewportSize(viewport)
    }
    expect(findings).toEqual([])
    await context.close()
  })
})

/** By how many pixels the page is wider than the window. */
function excessWidth(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return scrollWidth - clientWidth
  })
}
