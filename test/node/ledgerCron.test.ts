/** The payments Worker's cron: sums, the comparison with the chain, and the fees that we paid. */
import { createClient, defineChain, type Hash, type Hex, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount, privateKeyToAddress } from 'viem/accounts'
import { tempoLocalnet } from 'viem/chains'
import { Actions } from 'viem/tempo'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { CHAIN_ID, CURRENCY, PAYER_PRIVATE_KEY } from '../../dev/money.ts'
import { type CronEnv, runCron } from '../../payments/cron.ts'
import { startChain } from '../support/node/chain.ts'
import { event, openTestLedger } from '../support/node/testLedger.ts'

/** After the time in which the ledger may still hear of a payment. */
const LATER_MS = 180_000
const payer = privateKeyToAccount(PAYER_PRIVATE_KEY)

let chain: Awaited<ReturnType<typeof startChain>>
let testLedger: Awaited<ReturnType<typeof openTestLedger>>
let recipient: Hex
let lines: Record<string, unknown>[]

beforeAll(async () => {
  chain = await startChain()
  testLedger = await openTestLedger()
})
afterAll(async () => {
  await testLedger.end()
  await chain.end()
})
beforeEach(async () => {
  recipient = privateKeyToAddress(generatePrivateKey())
  await testLedger.clear(chain.url, recipient)
  for (const name of ['sums', 'open', 'channels', 'marks'])
    await testLedger.database.exec(`delete from ledger_${name}`)
  lines = []
  for (const level of ['info', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(JSON.parse(line)))
})

async function transfer(amount: bigint): Promise<Hash> {
  const definition = defineChain({
    ...tempoLocalnet,
    id: CHAIN_ID,
    rpcUrls: { default: { http: [chain.url] } },
  })
  const client = createClient({ account: payer, chain: definition, transport: http(chain.url) })
  const moved = await Actions.token.transferSync(client, { token: CURRENCY, to: recipient, amount })
  return moved.receipt.transactionHash
}

async function pay(challengeId: string, transaction: string): Promise<void> {
  await testLedger.write(
    event('claim', challengeId),
    event('settlement', challengeId, { transaction }),
  )
}

async function run(more: Partial<CronEnv> = {}, now = Date.now() + LATER_MS) {
  const env = { DB: testLedger.database, RPC_URL: chain.url, PAYMENT_RECIPIENT: recipient, ...more }
  await runCron(env, now)
  return lines.splice(0)
}

const count = (table: string, where = 'true') =>
  testLedger.database.prepare(`select count(*) as n from ${table} where ${where}`).first('n')

it('adds up what is behind, and finds that ledger and chain agree', async () => {
  await pay('one', await transfer(150n))
  expect(await run()).toMatchObject([
    { level: 'info', event: 'ledger_compared', settlements: 1, transfers: 1, differences: 0 },
  ])
  const revenue = "by = 'account' and name = 'revenue' and units = 150"
  expect(await count('ledger_sums', revenue)).toBe(1)
})

it('raises an alarm for money that the ledger does not know, and for money that never came', async () => {
  await pay('good', await transfer(150n))
  await pay('lost', `0x${'ab'.repeat(32)}`)
  const stray = await transfer(7n)
  const said = await run()
  expect(said).toMatchObject([
    {
      level: 'error',
      event: 'ledger_difference',
      what: 'no such transaction',
      challengeIds: ['lost'],
    },
    { event: 'ledger_difference', what: 'on the chain, not in the ledger', transaction: stray },
    { level: 'error', event: 'ledger_compared', differences: 2 },
  ])
})

it('goes on where the last run has stopped: nothing is told twice, and nothing is left out', async () => {
  await pay('good', await transfer(150n))
  await transfer(7n)
  const first = Date.now() + LATER_MS
  expect(await run({}, first)).toHaveLength(2)
  expect(await run({}, first + 1000)).toMatchObject([{ transfers: 0, differences: 0 }])
  // A run that fails is made up for by the next one.
  await testLedger.database.exec('delete from ledger_marks')
  await expect(run({ RPC_URL: 'http://127.0.0.1:1' }, first)).rejects.toThrow('have failed')
  expect(lines.splice(0)).toMatchObject([{ event: 'reconcile_failed' }])
  expect(await run({}, first)).toHaveLength(2)
})

it('raises an alarm for a ledger that does not add up', async () => {
  await testLedger.insert({ ...event('claim', 'half'), account: 'held', amount: 5 })
  const said = await run({ PAYMENT_RECIPIENT: '' })
  expect(said).toMatchObject([{ level: 'error', event: 'ledger_unbalanced' }])
})

it('books the fees that our keys have paid, once, with the payment that they are for', async () => {
  const transaction = await transfer(150n)
  await pay('one', transaction)
  // A key that a rotation has stored beside another one is ours, too.
  const ours = {
    SETTLEMENT_KEY: generatePrivateKey(),
    SETTLEMENT_KEY_2: `${PAYER_PRIVATE_KEY}@1`,
  }
  await run(ours)
  await testLedger.database.exec("delete from ledger_marks where name like 'compared%'")
  await run(ours)
  const { results } = await testLedger.database
    .prepare(`select account, amount, challenge_id, payer from ledger_entries
      where kind = 'fee' and "transaction" = ? order by id`)
    .bind(transaction)
    .all<{ amount: number }>()
  const [taken, given] = results
  expect(results).toMatchObject([
    { account: 'fees', challenge_id: 'one', payer: payer.address.toLowerCase() },
    { account: 'network' },
  ])
  expect(given?.amount).toBeGreaterThan(0)
  expect(taken?.amount).toBe(-(given?.amount ?? 0))
  const report = await testLedger.run()
  expect(report.code).toBe(0)
  expect(report.stdout).toMatch(/fees +-\d+ smallest units/)
})

it('does not compare where no address of ours is set', async () => {
  await transfer(150n)
  expect(await run({ PAYMENT_RECIPIENT: `0x${'0'.repeat(40)}` })).toEqual([])
})
