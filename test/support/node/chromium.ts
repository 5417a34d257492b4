/** A real browser for tests. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

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
