/**
 * Finds out which parts of the gateway answer. An answer is good for some seconds, and requests
 * that come meanwhile share one question, so that asking often costs nothing.
 * See docs/decisions/0051.
 */
import type { Config } from '../config/config.ts'
import { type ChainIds, type ChainWitness, HEALTH_OBJECT } from '../contract/health.ts'
import type { AccountHeart } from '../contract/heartbeat.ts'
import { deadline } from '../lib/deadline.ts'
import { log } from '../lib/log.ts'
import { describeCause } from '../lib/redact.ts'
import { STORE_TIMEOUT_MS } from './ask.ts'
import type { Env, WaitUntil } from './env.ts'
import { createSharedReads } from './leases/sharedReads.ts'

/** How long an answer is good, in milliseconds. */
const GOOD_FOR_MS = 5_000
/** How long the payments Worker may take: it waits for its chains as long as for a store. */
const CHAINS_TIMEOUT_MS = STORE_TIMEOUT_MS + 2_000

/**
 * A part that can fail by itself: the database, the sessions' store, the objects of accounts, the
 * payments Worker, and the chain of each payment method.
 */
export type HealthPart = 'd1' | 'kv' | 'accounts' | 'payments' | 'tempo' | 'evm'

/** The state of a part. `unknown`: the Worker that would ask it does not answer. */
export type PartHealth =
  | { status: 'ok'; ms: number }
  | { status: 'down'; ms: number; error: string }
  | { status: 'unknown' }

export type HealthParts = Partial<Record<HealthPart, PartHealth>>

/** One round trip, which tells about one part or several. Never rejects. */
export interface Question {
  name: string
  ask: (env: Env) => Promise<HealthParts>
}

/** Asks D1, through a table, because a database without migrations serves nobody. */
export const D1_QUESTION: Question = {
  name: 'd1',
  ask: (env) =>
    one('d1', () => {
      const session = env.DB.withSession('first-primary')
      return session.prepare('select id from accounts limit 1').first()
    }),
}

/** The questions about all parts that a config needs. */
export function questionsOf(config: Pick<Config, 'routes' | 'payments'>): Question[] {
  const isPriced = config.routes.some(({ price }) => price !== null)
  const kv: Question = {
    name: 'kv',
    ask: (env) => one('kv', () => env.SESSIONS.get(HEALTH_OBJECT)),
  }
  const accounts: Question = {
    name: 'accounts',
    ask: (env) =>
      one('accounts', async () => {
        const heart = env.ACCOUNTS.getByName(HEALTH_OBJECT) as unknown as AccountHeart
        return heart.now()
      }),
  }
  const payments: Question = {
    name: 'payments',
    ask: (env) => askPayments(env, chainsOf(config)),
  }
  return [D1_QUESTION, kv, accounts, ...(isPriced ? [payments] : [])]
}

/** Returns the answer of a question, or remembers it. Never rejects. */
export type Health = (question: Question, env: Env, waitUntil: WaitUntil) => Promise<HealthParts>

/** Creates the memory of the answers. */
export function createHealth(): Health {
  // Every question has a deadline, so whoever waits for one until then need not ask again.
  const shared = createSharedReads<HealthParts>(CHAINS_TIMEOUT_MS + 500)
  const known = new Map<string, { parts: HealthParts; until: number }>()

  return async function health({ name, ask }, env, waitUntil) {
    const answer = known.get(name)
    if (answer !== undefined && Date.now() < answer.until) return answer.parts
    const askNow = async () => {
      const parts = await ask(env)
      known.set(name, { parts, until: Date.now() + GOOD_FOR_MS })
      return parts
    }
    return shared(name, askNow, waitUntil)
  }
}

/** Asks one part. */
async function one(part: HealthPart, question: () => Promise<unknown>): Promise<HealthParts> {
  const startedAt = Date.now()
  const ms = () => Date.now() - startedAt
  try {
    await deadline(STORE_TIMEOUT_MS, question)
    return { [part]: { status: 'ok', ms: ms() } }
  } catch (error) {
    return { [part]: down(part, ms(), describeCause(error)) }
  }
}

/** Asks the payments Worker, which asks the chains. */
async function askPayments(env: Env, chains: ChainIds): Promise<HealthParts> {
  const startedAt = Date.now()
  const names = Object.keys(chains) as (keyof ChainIds)[]
  const ms = () => Date.now() - startedAt
  const withAll = (
    payments: PartHealth,
    chain: (name: keyof ChainIds) => PartHealth,
  ): HealthParts => ({
    payments,
    ...Object.fromEntries(names.map((name) => [name, chain(name)])),
  })
  try {
    const faults = await deadline(CHAINS_TIMEOUT_MS, async () => {
      const witness = env.CHARGES.getByName(HEALTH_OBJECT) as unknown as ChainWitness
      return witness.askChains(chains)
    })
    const took = ms()
    return withAll({ status: 'ok', ms: took }, (name) => {
      const fault = faults[name] ?? null
      return fault === null ? { status: 'ok', ms: took } : down(name, took, fault)
    })
  } catch (error) {
    const payments = down('payments', ms(), describeCause(error))
    return withAll(payments, () => ({ status: 'unknown' }))
  }
}

/** A part that does not answer, which the log tells too. `error` has no secret in it. */
function down(part: HealthPart, ms: number, error: string): PartHealth {
  log('error', 'part_down', { part, ms, cause: error })
  return { status: 'down', ms, error }
}

/** The chains of the payment methods that routes take. */
function chainsOf({ routes, payments }: Pick<Config, 'routes' | 'payments'>): ChainIds {
  if (payments === null) return {}
  const takesEvm = routes.some(
    ({ price }) => price?.intent === 'charge' && price.methods.includes('evm'),
  )
  const evm = takesEvm ? payments.evm?.chainId : undefined
  return { tempo: payments.chainId, ...(evm === undefined ? {} : { evm }) }
}
