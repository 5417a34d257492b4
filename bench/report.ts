/** The findings, as a table for people and as JSON for programs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { BenchSettings, Findings } from './bench.ts'
import type { BudgetLine } from './budget.ts'
import { type Estimate, estimate, median, ratios } from './stats.ts'

const FOLDER = fileURLToPath(new URL('results', import.meta.url))
const WIDTH = 44
const GIBIBYTE = 2 ** 30

/**
 * The machine and the settings behind the figures. `loadBefore` is the load average when the bench
 * began.
 */
export function describeMachine(loadBefore: string) {
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
    loadBefore,
    loadAfter: loadNow(),
  }
}

/** The load average of the last minute. Others' load makes noise of the figures, so it is told. */
export const loadNow = () => (loadavg()[0] ?? 0).toFixed(1)

const METHOD = [
  'One workerd on one core with every Worker in it, direct sockets, an external service as origin.',
  'The load and the origin are on the other cores. Stores answer from memory.',
  'CPU time of the process (schedstat of its threads) for one answer.',
  'Subjects in random order in each round; medians of paired rounds.',
  'The interval is 95 %, by bootstrap.',
].join(' ')

/** All of it, as it is written to results/latest.json. */
export function reportOf(
  findings: Findings,
  { mode, settings, loadBefore }: { mode: string; settings: BenchSettings; loadBefore: string },
) {
  const { budget, costs, skipped, subjects, starts, paid, sizes } = findings
  return {
    at: new Date().toISOString(),
    mode,
    method: METHOD,
    machine: describeMachine(loadBefore),
    settings,
    rounds: costs.get(subjects[0]?.name ?? '')?.length ?? 0,
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
export function tableText(report: Report): string {
  const { mode, machine, settings, rounds, subjects, budget, skipped } = report
  const groups = GROUPS.map(({ title, holds }) => {
    const rows = subjects.filter(({ name }) => groupOf(name) === holds).map(subjectText)
    return rows.length === 0 ? [] : ['', title, ...rows]
  })
  return [
    `Bench (${mode}): ${rounds} rounds of ${settings.requests} requests`,
    `${machine.cpu}, ${machine.cores} cores, workerd ${machine.workerd}, Node ${machine.node}`,
    `load average before and after: ${machine.loadBefore} and ${machine.loadAfter}`,
    '',
    'Median µs of CPU for one answer; then the CPU time of the other, which is named, over its own:',
    'below 1 it costs more than the other, above 1 less.',
    ...groups.flat(),
    '',
    ...otherFigures(report),
    '',
    ...(budget.length === 0 ? [] : ['Budget: value, 95 % interval, limit']),
    ...budget.map(budgetText),
    '',
    ...skipped.map(({ what, why }) => `skipped: ${what}: ${why}`),
  ].join('\n')
}

type Group = 'floor' | 'ours' | 'table' | 'peer'

const GROUPS: readonly { title: string; holds: Group }[] = [
  { title: 'FLOORS', holds: 'floor' },
  { title: 'THE GATEWAY', holds: 'ours' },
  { title: 'TABLES OF ROUTES', holds: 'table' },
  { title: 'PEERS, AND OTHER RUNTIMES AS THE PRICE OF THIS ONE', holds: 'peer' },
]

function groupOf(name: string): Group {
  if (name.startsWith('ours: ')) return 'ours'
  if (/^\d+ routes: /.test(name)) return 'table'
  return /^(?:constant|equal-duty|fetch\()/.test(name) ? 'floor' : 'peer'
}

function subjectText({ name, micros, floor, ofFloor }: Report['subjects'][number]): string {
  const cost = micros.value.toFixed(1).padStart(9)
  const ratio = ofFloor === null ? '' : `   ${spread(ofFloor).padEnd(22)} ${floor}`
  return `  ${name.padEnd(WIDTH)}${cost}${ratio}`
}

function otherFigures({ starts, paid, sizes }: Report): string[] {
  const lines: string[] = []
  if (starts !== null) {
    const times = (of: typeof starts.hello) => {
      const wall = median(of.map(({ wallMs }) => wallMs)).toFixed(0)
      return `${wall} ms (CPU ${median(of.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms)`
    }
    lines.push(`First 402 of a fresh process: ${times(starts.gateway)}`)
    lines.push(`First answer of a bare Hono Worker: ${times(starts.hello)}`)
  }
  if (sizes !== null) {
    lines.push(`Modules that every isolate loads, after gzip: ${sizes.first.toFixed(1)} kB`)
    lines.push(`All modules, after gzip: ${sizes.all.toFixed(1)} kB`)
  }
  if (paid !== null) {
    const { chargeMicros, voucherMicros, voucherSignatureChecks: checks } = paid
    const charge = `${(chargeMicros / 1000).toFixed(1)} ms of CPU, ${paid.chargeRpcCalls} RPC calls`
    const rest = `${checks} signature check, ${paid.voucherRpcCalls} RPC calls`
    lines.push(`Paid charge: ${charge}`)
    lines.push(`Voucher: ${(voucherMicros / 1000).toFixed(1)} ms of CPU, ${rest}`)
    lines.push('(of payments: both Workers, their objects and simulated stores together)')
  }
  return lines
}

function budgetText({ name, direction, limit, pass, ...found }: BudgetLine): string {
  const sign = direction === 'min' ? '≥' : '≤'
  const verdict = pass ? '  pass' : '  FAIL'
  return `${verdict}  ${spread(found).padEnd(22)} ${sign} ${String(limit).padEnd(5)} ${name}`
}

function spread({ value, low, high }: Estimate): string {
  const digits = Math.abs(value) >= 10 ? 1 : 2
  const text = (number: number) => number.toFixed(Number.isInteger(number) ? 0 : digits)
  return low === high ? text(value) : `${text(value)} (${text(low)} to ${text(high)})`
}
