/** A real browser for tests. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'

const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Starts Chromium without a window. Throws a sentence if Chromium is not installed. */
export function startChromium(): Promise<Browser> {
  if (!existsSync(PROGRAM)) {
    throw new Error(
      `There is no Chromium at ${PROGRAM}: \`apt-get install chromium\`, or set CHROMIUM to its path.`,
    )
  }
  return chromium.launch({
    executablePath: PROGRAM,
    args: [
      '--no-sandbox',
      '--headless',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ],
  })
}

/**
 * Makes `/assets/` of every host the files of `public/`, for a gateway without assets. The script
 * that draws the reference is missing, because only a build puts it there.
 */
export async function withAssets(context: BrowserContext): Promise<BrowserContext> {
  const folder = fileURLToPath(new URL('../../../public', import.meta.url))
  await context.route('**/assets/**', (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname.startsWith('/assets/reference/')) return route.abort()
    return route.fulfill({ path: folder + pathname })
  })
  return context
}
