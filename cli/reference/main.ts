/**
 * `npm run reference`: writes the reference of the config into `docs/config.md`; with `--check` it
 * only says whether the page is right, and ends with 1 if it is not.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { referenceText } from './write.ts'

const HELP = `npm run reference [-- --check]: writes docs/config.md from src/config and cli/reference.

  --check   writes nothing; ends with 1 if the page is out of date
  --help`

const page = new URL('../../docs/config.md', import.meta.url)

function main(): string {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({ options: { check: flag, help: flag } })
  if (values.help) return HELP
  const text = referenceText()
  const isRight = readFileSync(page, 'utf8') === text
  if (isRight) return 'docs/config.md is up to date.'
  if (values.check) throw new Error('docs/config.md is out of date; run `npm run reference`.')
  writeFileSync(page, text)
  return 'docs/config.md is written.'
}

try {
  console.log(main())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
