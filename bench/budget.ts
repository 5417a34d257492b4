/** The budget: what each figure must be at least, or at most. */
import type { PaidCosts } from './paid.ts'
import type { Costs } from './rounds.ts'
import type { Starts } from './starts.ts'
import { type Estimate, estimate, estimateRatio, ratios } from './stats.ts'

/**
 * One line. `low` and `high` are the 95 % interval; both are the value where there is nothing to
 * spread.
 */
export interface BudgetLine extends Estimate {
  name: string
  limit: number
  direction: 'min' | 'max'
  /** Whether the limit is kept; a line fails only if its whole interval is beyond the limit. */
  pass: boolean
}

/**
 * A ratio of CPU times: what the other takes for an answer, over what ours takes. At least `limit`.
 */
interface RatioLine {
  name: string
  other: string
  ours: string
  limit: number
}

const BY_KEY = 'ours: warm key → origin'
const BY_SESSION = 'ours: warm session → origin'
const ANSWER_402 = 'ours: 402'
const [EQUAL_DUTY, PASS_THROUGH] = ['equal-duty bare Worker', 'fetch(url, request)']

const ratioLine = (name: string, other: string, ours: string, limit: number): RatioLine => {
  return { name, other, ours, limit }
}

const AGAINST_FLOORS = [
  ratioLine('warm key → origin, of the equal-duty bare Worker', EQUAL_DUTY, BY_KEY, 0.9),
  ratioLine('warm key → origin, of fetch(url, request)', PASS_THROUGH, BY_KEY, 0.6),
  ratioLine('warm session → origin, of a warm key', BY_KEY, BY_SESSION, 0.92),
  ratioLine('warm token → origin, of a warm key', BY_KEY, 'ours: warm token → origin', 0.92),
  ratioLine(
    'warm token → /mcp, of a key there',
    'ours: warm key → /mcp',
    'ours: warm token → /mcp',
    0.92,
  ),
  ratioLine('402, of a constant answer', 'constant 402', ANSWER_402, 0.75),
  ratioLine('junk key, of a constant answer', 'constant 401', 'ours: junk key 401', 0.6),
  ratioLine('revoked key, of a constant answer', 'constant 401', 'ours: revoked key 401', 0.6),
]

const AGAINST_PEERS = [
  ratioLine("402, times mppx's own proxy", 'mppx proxy: 402', ANSWER_402, 3),
  ratioLine('402, times mpp-proxy', 'mpp-proxy: 402', ANSWER_402, 2),
  ratioLine('402, times @x402/hono', '@x402/hono: 402', ANSWER_402, 1),
  ratioLine(
    "warm key → origin, times mppx's proxy with no key",
    'mppx proxy: free route → origin',
    BY_KEY,
    1,
  ),
  ratioLine('cookie → origin, times mpp-proxy', 'mpp-proxy: paid cookie → origin', BY_SESSION, 1),
  ratioLine('warm key → origin, times better-auth', 'better-auth: key → origin', BY_KEY, 1),
  ratioLine(
    'warm token → /mcp, times workers-oauth-provider',
    'workers-oauth-provider: token → /mcp',
    'ours: warm token → /mcp',
    1,
  ),
]

/** The cost that each kind of call may add at 1,000 routes over 10. */
const LONG_TABLE = 0.94

/** The lines that are ratios of CPU times, as far as both sides were measured. */
export function ratioLines(costs: Costs): BudgetLine[] {
  const kinds = [...costs.keys()].flatMap((name) => /^1000 routes: (.+)$/.exec(name)?.[1] ?? [])
  const tables = kinds.map((kind) => {
    const [long, short] = [`1000 routes: ${kind}`, `10 routes: ${kind}`]
    return ratioLine(`${kind} at 1,000 routes, of 10`, short, long, LONG_TABLE)
  })
  return [...AGAINST_FLOORS, ...AGAINST_PEERS, ...tables].flatMap(
    ({ name, other, ours, limit }) => {
      const [theirs, own] = [costs.get(other), costs.get(ours)]
      return theirs && own ? [atLeast(name, estimate(ratios(theirs, own)), limit)] : []
    },
  )
}

/** The line for a gateway's first 402, of a bare Hono Worker's. */
export function firstAnswerLine({ gateway, hello }: Starts): BudgetLine {
  const wallOf = (starts: Starts['hello']) => starts.map(({ wallMs }) => wallMs)
  const found = estimateRatio(wallOf(gateway), wallOf(hello))
  return atMost('first 402 of a fresh process, times a bare Hono Worker', found, 1.5)
}

/** The line for the look-up of a cold key among a million keys, of one among a thousand. */
export function manyKeysLine(found: Estimate): BudgetLine {
  return atLeast('look-up among 1,000,000 keys, of 1,000', found, 0.8)
}

/** The lines of what payments ask others for, and check. */
export function paidLines({ chargeRpcCalls, voucherSignatureChecks }: PaidCosts): BudgetLine[] {
  return [
    atMost("paid charge: calls of the chain's RPC", exactly(chargeRpcCalls), 2),
    atMost('voucher: signature checks', exactly(voucherSignatureChecks), 1),
  ]
}

/** The lines of what is counted or weighed, whatever the machine. */
export function plainLines(figures: {
  junkStoreCalls: number
  routerMicros: number
  bundleKilobytes: number
}): BudgetLine[] {
  return [
    atMost('junk key: store calls', exactly(figures.junkStoreCalls), 0),
    atMost('the router alone at 1,000 routes, µs', exactly(figures.routerMicros), 1),
    atMost('API-way bundle after gzip, kB', exactly(figures.bundleKilobytes), 110),
  ]
}

const exactly = (value: number): Estimate => ({ value, low: value, high: value })

function atLeast(name: string, found: Estimate, limit: number): BudgetLine {
  return { name, ...found, limit, direction: 'min', pass: found.high >= limit }
}

function atMost(name: string, found: Estimate, limit: number): BudgetLine {
  return { name, ...found, limit, direction: 'max', pass: found.low <= limit }
}
