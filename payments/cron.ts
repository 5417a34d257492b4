/**
 * The cron of the payments Worker: completes the ledger's sums, compares the last hours with the
 * chain, and books the fees that we have paid. The log tells what is wrong.
 */
import type { D1Database } from '@cloudflare/workers-types'
import { privateKeyToAddress } from 'viem/accounts'
import { Addresses } from 'viem/tempo'
import { log, logError, logLine } from '../src/lib/log.ts'
import { secretValues } from '../src/lib/secretValues.ts'
import { namingQuery } from '../src/store/ledger/entryStatements.ts'
import { addsUp, readReport } from '../src/store/ledger/report.ts'
import type { Ask } from '../src/store/ledger/reportStatements.ts'
import { behindQuery, markQuery, setMark } from '../src/store/ledger/reportStatements.ts'
import { addUp } from '../src/store/ledger/sumStatements.ts'
import { type LedgerEvent, writeLedger } from './ledger.ts'
import { type ChainView, openChain } from './reconcile/chain.ts'
import { reconcileSpan } from './reconcile/reconcile.ts'

/** How many entries one step adds to the sums, and how many steps one run makes. */
const STEP = 10_000
const MAX_STEPS = 20
/** How long the ledger may take to hear of a payment, in milliseconds. */
const LAG_MS = 120_000
/** How far back the first run looks, and one after an outage, in milliseconds. */
const FURTHEST_MS = 86_400_000
/** How many differences of one run are logged. */
const MOST_LOGGED = 50
/** How many transactions are looked up at once. */
const NAMED_AT_ONCE = 90

/** The bindings, variables and secrets that the cron needs (`env.ts` says what each one is). */
export interface CronEnv {
  DB: D1Database
  RPC_URL: string
  PAYMENT_RECIPIENT?: string
  EVM_RPC_URL?: string
  EVM_RECIPIENT?: string
  ESCROW?: string
  FEE_PAYER_KEY?: string
  SETTLEMENT_KEY?: string
}

/**
 * Runs all parts at `now` (epoch milliseconds); one that fails is logged, and does not stop the
 * others. Then the promise rejects.
 */
export async function runCron(env: CronEnv, now: number): Promise<void> {
  const ask: Ask = async ({ sql, params }) => {
    const { results } = await env.DB.prepare(sql)
      .bind(...params)
      .all()
    return results
  }
  const parts: [name: string, part: () => Promise<void>][] = [
    ['sums_failed', () => completeSums(env, ask)],
    ['reconcile_failed', () => compare(env, ask, now)],
  ]
  let failed = 0
  for (const [name, part] of parts) {
    await part().catch((error) => {
      logError(name, error)
      failed += 1
    })
  }
  if (failed > 0) throw new Error(`${failed} of ${parts.length} parts have failed`)
}

/** Adds up what an earlier version has written, and says if the ledger does not add up. */
async function completeSums(env: CronEnv, ask: Ask): Promise<void> {
  for (let step = 0; step < MAX_STEPS; step++) {
    const [row] = (await ask(behindQuery)) as { count: number }[]
    if (!row?.count) break
    await env.DB.batch(addUp(STEP).map((sql) => env.DB.prepare(sql)))
  }
  if (!addsUp(await readReport(ask, null, 1))) log('error', 'ledger_unbalanced', {})
}

/** Compares each chain that the variables name, from where the last run has stopped. */
async function compare(env: CronEnv, ask: Ask, now: number): Promise<void> {
  const escrow = (env.ESCROW || Addresses.tip20ChannelReserve).toLowerCase() as `0x${string}`
  const chains = [
    ['tempo', env.RPC_URL, env.PAYMENT_RECIPIENT, { escrow, lagMs: LAG_MS }],
    ['evm', env.EVM_RPC_URL, env.EVM_RECIPIENT, null],
  ] as const
  for (const [name, rpcUrl, recipient, channels] of chains) {
    // The address of zeros is in wrangler.toml until an operator says another.
    if (!rpcUrl || !recipient || /^0x0*$/.test(recipient)) continue
    const [mark] = (await ask(markQuery(`compared ${name}`))) as { value: number }[]
    const span = { since: Math.max(mark?.value ?? 0, now - FURTHEST_MS), until: now - LAG_MS }
    if (span.since >= span.until) continue
    const chain = await openChain({ rpcUrl, recipient: recipient.toLowerCase() }, channels)
    const compared = await reconcileSpan(ask, name, chain, span, (amount) => `${amount} units`)
    const { settlements, transfers, differences } = compared
    for (const difference of differences.slice(0, MOST_LOGGED)) {
      // Transactions and challenges are public, but look like secrets.
      const time = new Date(now).toISOString()
      const line = { time, level: 'error', event: 'ledger_difference', chain: name, ...difference }
      logLine('error', JSON.stringify(line))
    }
    const counts = { settlements, transfers, differences: differences.length }
    const level = differences.length === 0 ? 'info' : 'error'
    log(level, 'ledger_compared', { chain: name, ...counts })
    if (name === 'tempo' && compared.blocks !== null)
      await bookFees(env, ask, { chain, ...compared.blocks, now })
    await ask(setMark(`compared ${name}`, span.until))
  }
}

/** Books the fees of transactions that the keys of this Worker have paid for, each once. */
async function bookFees(
  env: CronEnv,
  ask: Ask,
  { chain, first, last, now }: { chain: ChainView; first: bigint; last: bigint; now: number },
): Promise<void> {
  const settlementKeys = secretValues({ ...env }, 'SETTLEMENT_KEY', now)
  const all = [...settlementKeys, env.FEE_PAYER_KEY ?? '']
  const keys = all.filter((key) => /^0x[0-9a-f]{64}$/i.test(key))
  const payers = keys.map((key) => privateKeyToAddress(key as `0x${string}`))
  const fees = []
  for await (const fee of chain.fees(first, last, payers)) fees.push(fee)
  for (let from = 0; from < fees.length; from += NAMED_AT_ONCE) {
    const some = fees.slice(from, from + NAMED_AT_ONCE)
    const rows = await ask(namingQuery(some.map(({ transaction }) => transaction)))
    const naming = Map.groupBy(rows as Naming[], ({ transaction }) => transaction)
    const events = some.map(({ transaction, currency, amount, from: payer, at }): LedgerEvent => {
      const [named] = naming.get(transaction) ?? []
      return {
        eventId: `fee ${transaction}`,
        kind: 'fee',
        amount: String(amount),
        currency,
        challengeId: named?.challengeId ?? '',
        row: '',
        payer,
        mode: named?.mode ?? 'channel',
        transaction,
        requestId: '',
        at: at || now,
      }
    })
    await writeLedger(env.DB, events)
  }
}

interface Naming {
  transaction: string
  challengeId: string
  mode: LedgerEvent['mode']
}
