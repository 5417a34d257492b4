/** The whole bench: starts what is measured, measures it, and ends it. */
import {
  type BudgetLine,
  firstAnswerLine,
  manyKeysLine,
  paidLines,
  plainLines,
  ratioLines,
} from './budget.ts'
import { createPinning, whyUnpinned } from './cpu.ts'
import { type Ground, startGround } from './ground.ts'
import { type LineUp, startLineUp } from './lineUp.ts'
import { askOnce, CONNECTIONS, openLoad } from './load.ts'
import { manyKeysRatio } from './manyKeys.ts'
import { hasNginx } from './nginx.ts'
import { measurePaid, type PaidCosts, whyNotPaid } from './paid.ts'
import { installPeers, peerWorkers } from './peers.ts'
import { type Costs, measure, type RoundSettings } from './rounds.ts'
import { routerMicros } from './router.ts'
import { type BundleSizes, bundleSizes } from './sizes.ts'
import { measureStarts, type Starts } from './starts.ts'
import { type Subject, sameRequest } from './subjects.ts'

export interface BenchSettings extends RoundSettings {
  /** How many fresh processes, charges and vouchers are measured; 0 leaves them out. */
  starts: number
  charges: number
  vouchers: number
  /** How many rounds of look-ups among a million keys; 0 leaves them out. */
  lookUpRounds: number
  peers: boolean
  isPinned: boolean
  /** Measure only the subjects whose name holds one of these texts. Null: everything. */
  only: readonly string[] | null
}

/** A subject that was not measured, and why. */
export interface Skipped {
  what: string
  why: string
}

export interface Findings {
  subjects: readonly Subject[]
  costs: Costs
  budget: BudgetLine[]
  skipped: Skipped[]
  starts: Starts | null
  paid: PaidCosts | null
  sizes: BundleSizes | null
}

const JUNK_REQUESTS = 300
/** Within this time an isolate has written down what its keys were used for, in milliseconds. */
const WRITTEN_WITHIN_MS = 1_500
const LONG_TABLE = 1_000
const NOT_ASKED = 'it was not asked for'

type Tell = (progress: string) => void

/** Runs it. Rejects when something that was asked for, and can be measured here, was not. */
export async function runBench(settings: BenchSettings, tell: Tell): Promise<Findings> {
  const startedAt = performance.now()
  const elapsed = () => performance.now() - startedAt
  const skipped: Skipped[] = []
  const skip = (what: string, why: string | null) => why !== null && skipped.push({ what, why })
  const whyFree = settings.isPinned ? whyUnpinned() : NOT_ASKED
  const whyNoPeers = settings.peers ? await installPeers() : NOT_ASKED
  skip('pinning processes to cores', whyFree)
  skip('peers', whyNoPeers)
  skip('nginx', hasNginx() ? null : 'it is not installed')
  tell('building')
  const pinning = createPinning(whyFree === null)
  const peers = whyNoPeers === null
  const coldKeys = settings.warmUp + (settings.rounds + 1) * (settings.requests + CONNECTIONS)
  const ground = await startGround(pinning, coldKeys, peers ? await peerWorkers() : [])
  try {
    const junkStoreCalls = await storeCallsOfJunk(ground)
    const lineUp = await startLineUp(ground, pinning, { ...settings, peers })
    const costs = await measureLineUp(lineUp, settings, tell, elapsed)
    const rounds = costs.get(lineUp.subjects[0]?.name ?? '')?.length ?? 0
    if (rounds < settings.rounds)
      skip(`rounds ${rounds + 1} to ${settings.rounds}`, 'the machine is too busy for them')
    const budget = ratioLines(costs)
    const findings = { subjects: lineUp.subjects, costs, budget, skipped }
    if (settings.only !== null) return { ...findings, starts: null, paid: null, sizes: null }
    tell('sizes, the router, starts of fresh processes')
    const sizes = await bundleSizes()
    skip('starts of fresh processes', settings.starts > 0 ? null : NOT_ASKED)
    const starts =
      settings.starts > 0 ? await measureStarts(ground, pinning, settings.starts) : null
    const whyUnpaid = settings.charges > 0 ? whyNotPaid() : NOT_ASKED
    skip('payments', whyUnpaid)
    if (whyUnpaid === null) tell('payments on a local chain')
    const paid = whyUnpaid === null ? await measurePaid(pinning, settings) : null
    skip('look-ups among a million keys', settings.lookUpRounds > 0 ? null : NOT_ASKED)
    if (settings.lookUpRounds > 0) {
      tell('look-ups among a million keys')
      budget.push(manyKeysLine(await manyKeysRatio(settings.lookUpRounds)))
    }
    const bundleKilobytes = sizes.first
    budget.push(
      ...plainLines({ junkStoreCalls, routerMicros: routerMicros(LONG_TABLE), bundleKilobytes }),
      ...(starts === null ? [] : [firstAnswerLine(starts)]),
      ...(paid === null ? [] : paidLines(paid)),
    )
    return { ...findings, starts, paid, sizes }
  } finally {
    await ground.end()
  }
}

async function measureLineUp(
  lineUp: LineUp,
  settings: BenchSettings,
  tell: Tell,
  elapsed: () => number,
): Promise<Costs> {
  try {
    if (settings.only !== null) {
      for (const one of lineUp.subjects) {
        const { pid, port } = lineUp.serverOf(one)
        tell(`${one.name}: process ${pid}, port ${port}`)
      }
    }
    return await measure(lineUp.subjects, lineUp.serverOf, settings, tell, elapsed)
  } finally {
    await lineUp.end()
  }
}

/** How often the gateway asks its store for many made-up keys. */
async function storeCallsOfJunk({ workerd, requests }: Ground): Promise<number> {
  const calls = async () => {
    const { body } = await askOnce(workerd.portOf('ours:storeCalls'), sameRequest('GET', '/')())
    return Number(body)
  }
  await new Promise((resolve) => setTimeout(resolve, WRITTEN_WITHIN_MS))
  const before = await calls()
  const load = await openLoad({ port: workerd.portOf('ours'), next: requests.junk(), status: 401 })
  await load.send(JUNK_REQUESTS)
  load.close()
  return (await calls()) - before
}
