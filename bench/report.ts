/** What was found, as a table for people and as JSON for programs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { BenchSettings, Findings } from './bench.ts'
import type { BudgetLine } from './budget.ts'
import { type Estimate, estimate, median, ratios } from './stats.ts'

const FOLDER = fileURLToPath(new URL('results', import.meta.url))
const WIDTH = 44
const GIBIBYTE = 2 ** 30

/** What the figures were made with. Load from others makes them noise, so it is told. */
export function describeMachine() {
  const { version } = JSON.parse(
    readFileSync(new URL('../node_modules/workerd/package.json', import.meta.url), 'utf8'),
  ) as { version: string }
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / GIBIBYTE),
    kernel: release(),
    node: process.version,
    workerd: version,
    loadAverage: loadavg().map((load) => Number(load.toFixed(2))),
  }
}

const METHOD =
  'One workerd on one core with every Worker in it, direct sockets, the origin as an external service; the load and ' +
  'the origin on the other cores. CPU time of the process (schedstat of its threads) for one answer; subjects in ' +
  'random order in each round; medians of paired rounds with a 95 % interval by bootstrap. Stores from memory.'

/** All of it, as it is written to results/latest.json. */
export function reportOf(findings: Findings, mode: string, settings: BenchSettings) {
  const { budget, costs, skipped, subjects, starts, paid, sizes } = findings
  return {
    at: new Date().toISOString(),
    mode,
    method: METHOD,
    machine: describeMachine(),
    settings,
    budget,
    skipped,
    subjects: subjects.map(({ name, floor }) => ({
      name,
      micros: estimate(costs.get(name) ?? []),
      floor,
      ofFloor: ofFloor(findings, name, floor),
      rounds: costs.get(name) ?? [],
    })),
    starts,
    paid,
    sizes,
  }
}

export type Report = ReturnType<typeof reportOf>

/** Writes it. Returns the file. */
export function writeReport(results: Report): string {
  mkdirSync(FOLDER, { recursive: true })
  const file = `${FOLDER}/latest.json`
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
  return file
}

/** The CPU time of the floor's answer over that of the subject's, of each round. */
function ofFloor({ costs }: Findings, name: string, floor: string | null): Estimate | null {
  const [own, other] = [costs.get(name), costs.get(floor ?? '')]
  return own && other ? estimate(ratios(other, own)) : null
}

/** The table. */
export function tableText({ mode, machine, settings, subjects, ...rest }: Report): string {
  const { budget, skipped, starts, paid, sizes } = rest
  const shown = subjects.map(({ name, micros, floor, ofFloor }) => {
    const cost = micros.value.toFixed(1).padStart(9)
    const ratio = ofFloor === null ? '' : `   ${spread(ofFloor)} of ${floor}`
    return `${name.padEnd(WIDTH)}${cost}${ratio}`
  })
  return [
    `Bench (${mode}): ${settings.rounds} rounds of ${settings.requests} requests on ${machine.cpu}, ${machine.cores} cores,`,
    `workerd ${machine.workerd}, Node ${machine.node}, load average ${machine.loadAverage.join(' ')}`,
    '',
    `${'CPU for one answer (median)'.padEnd(WIDTH)}       µs   ratio of CPU times, the other over this one (95 %)`,
    ...shown,
    '',
    ...otherFigures({ starts, paid, sizes }),
    '',
    'Budget (value, 95 % interval, limit)',
    ...budget.map(budgetText),
    '',
    ...skipped.map(({ what, why }) => `skipped: ${what}: ${why}`),
  ].join('\n')
}

function otherFigures({
  starts,
  paid,
  sizes,
}: Pick<Report, 'starts' | 'paid' | 'sizes'>): string[] {
  const lines: string[] = []
  if (starts !== null) {
    const [ours, bare] = [starts.gateway, starts.hello]
    const times = (all: typeof ours) =>
      `${median(all.map(({ wallMs }) => wallMs)).toFixed(0)} ms (CPU ${median(all.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms)`
    lines.push(`first 402 of a fresh process: ${times(ours)}; a bare Hono Worker: ${times(bare)}`)
  }
  if (sizes !== null) {
    const { minified, deployed } = sizes
    lines.push(
      `bundle after gzip: ${minified.toFixed(1)} kB; as wrangler deploys it, with names: ${deployed.toFixed(1)} kB`,
    )
  }
  if (paid !== null) {
    const { chargeMicros, chargeRpcCalls, voucherMicros, voucherRpcCalls } = paid
    lines.push(
      `paid charge: ${(chargeMicros / 1000).toFixed(1)} ms of CPU, ${chargeRpcCalls} calls of the RPC; voucher: ` +
        `${(voucherMicros / 1000).toFixed(1)} ms, ${paid.voucherSignatureChecks} signature checks, ${voucherRpcCalls} calls ` +
        '(both Workers, their objects and simulated stores together)',
    )
  }
  return lines
}

function budgetText({ name, direction, limit, pass, ...found }: BudgetLine): string {
  const sign = direction === 'min' ? '≥' : '≤'
  return `${pass ? 'pass' : 'FAIL'}  ${spread(found).padEnd(24)} ${sign} ${String(limit).padEnd(5)} ${name}`
}

function spread({ value, low, high }: Estimate): string {
  const digits = Math.abs(value) >= 10 ? 1 : 2
  const text = (number: number) => number.toFixed(Number.isInteger(number) ? 0 : digits)
  return low === high ? text(value) : `${text(value)} (${text(low)} to ${text(high)})`
}
