/**
 * `npm run bench`: what the gateway costs, as ratios of CPU times within one run. It ends with 0
 * when it has measured, whatever the budget says. Options are in README.md.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type BenchSettings, runBench } from './bench.ts'
import { plotModel, printModel } from './model.ts'
import { loadNow, reportOf, tableText, writeReport } from './report.ts'

const FULL: BenchSettings = {
  rounds: 40,
  requests: 700,
  warmUp: 4_000,
  lastRoundAfterMs: 3_600_000,
  starts: 21,
  charges: 10,
  vouchers: 60, // what the deposit of the channel pays for
  lookUpRounds: 30,
  peers: true,
  isPinned: true,
  only: null,
}
const QUICK: BenchSettings = {
  ...FULL,
  rounds: 12,
  warmUp: 1_500,
  lastRoundAfterMs: 345_000,
  starts: 9,
  charges: 4,
  vouchers: 30,
  lookUpRounds: 12,
}

const OPTIONS_ARE = 'bench/README.md has its options.'

const { values } = readOptions()

/** Reads the command line. Ends with a sentence for what it does not know. */
function readOptions() {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        'no-peers': { type: 'boolean', default: false },
        only: { type: 'string', multiple: true },
        rounds: { type: 'string' },
        requests: { type: 'string' },
        model: { type: 'boolean', default: false },
        plots: { type: 'boolean', default: false },
        usage: { type: 'string' },
        hostile: { type: 'string' },
        instructions: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}. ${OPTIONS_ARE}`)
    process.exit(2)
  }
}

if (values.help) {
  console.log(`npm run bench -- [options]: measures what the gateway costs. ${OPTIONS_ARE}`)
  process.exit()
}

if (values.model) {
  printModel()
  process.exit()
}

if (values.plots) {
  writeFileSync(new URL('../docs/model.svg', import.meta.url), plotModel())
  process.exit()
}

if (values.instructions) {
  const { countInstructions, whyNotCounted } = await import('./instructions.ts')
  const why = whyNotCounted()
  if (why === null) await countInstructions()
  else console.error(`Nothing was counted: ${why}.`)
  process.exit(why === null ? 0 : 1)
}

if (values.usage !== undefined) {
  const { compareUsage } = await import('./usage.ts')
  process.exit((await compareUsage(Number(values.usage))) ? 0 : 1)
}

if (values.hostile !== undefined) {
  const { measureHostile } = await import('./hostile.ts')
  process.exit((await measureHostile(Number(values.hostile))) ? 0 : 1)
}

const mode = values.quick ? 'quick' : 'full'
const base = values.quick ? QUICK : FULL
const settings: BenchSettings = {
  ...base,
  rounds: Number(values.rounds ?? base.rounds),
  requests: Number(values.requests ?? base.requests),
  peers: !values['no-peers'],
  only: values.only ?? null,
}

const startedAt = performance.now()
const loadBefore = loadNow()
const findings = await runBench(settings, (progress) => {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  console.error(`${seconds.padStart(4)} s  ${progress}`)
})
const results = reportOf(findings, { mode, settings, loadBefore })
console.log(tableText(results))
if (settings.only === null) console.log(`\nAll of it: ${writeReport(results)}`)
process.exit(0)
