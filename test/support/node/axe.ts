/** Looks for what keeps people from using a page: axe-core, in the page itself. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

const AXE = readFileSync(
  fileURLToPath(new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url)),
  'utf8',
)

interface Axe {
  run(options: { resultTypes: string[] }): Promise<{ violations: Finding[] }>
}

interface Finding {
  id: string
  nodes: { html: string; failureSummary?: string }[]
}

/**
 * The findings of axe-core on a page, each with the elements it is about. The library stays in a
 * page whose content is replaced.
 */
export async function findingsOn(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE)
  const findings = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe }
    // To list what passes would take half of the time.
    return (await axe.run({ resultTypes: ['violations'] })).violations
  })
  return findings.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`),
  )
}
