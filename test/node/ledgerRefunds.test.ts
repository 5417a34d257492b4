/** `npm run ledger`: spans, JSON, one payment, debts, and refunds that are checked on the chain. */
import { createClient, defineChain, type Hash, type Hex, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount, privateKeyToAddress } from 'viem/accounts'
import { tempoLocalnet } from 'viem/chains'
import { Actions } from 'viem/tempo'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CHAIN_ID, CURRENCY, PAYER_PRIVATE_KEY } from '../../dev/money.ts'
import type { LedgerEvent } from '../../payments/ledger.ts'
import { startChain } from '../support/node/chain.ts'
import { event, openTestLedger } from '../support/node/testLedger.ts'

const DAY_MS = 86_400_000
/** The wallet that refunds: any wallet may. */
const OPERATOR = privateKeyToAccount(PAYER_PRIVATE_KEY)
const OTHER_CURRENCY = '0x20c0000000000000000000000000000000000001'

let chain: Awaited<ReturnType<typeof startChain>>
let testLedger: Awaited<ReturnType<typeof openTestLedger>>
/** A new payer for each test. */
let payer: Hex

beforeAll(async () => {
  chain = await startChain()
  testLedger = await openTestLedger()
})
afterAll(async () => {
  await testLedger.end()
  await chain.end()
})
beforeEach(async () => {
  payer = privateKeyToAddress(generatePrivateKey())
  await testLedger.clear(chain.url, privateKeyToAddress(generatePrivateKey()))
})

const ledger = (...args: string[]) => testLedger.run(...args)
const json = async (...args: string[]) => JSON.parse((await ledger(...args, '--json')).stdout)

/** Moves money on the chain. Returns the transaction's hash. */
async function transfer(amount: bigint, to: Hex = payer, token: Hex = CURRENCY): Promise<Hash> {
  const definition = defineChain({
    ...tempoLocalnet,
    id: CHAIN_ID,
    rpcUrls: { default: { http: [chain.url] } },
  })
  const client = createClient({ account: OPERATOR, chain: definition, transport: http(chain.url) })
  const moved = await Actions.token.transferSync(client, { token, to, amount })
  return moved.receipt.transactionHash
}

/** Writes a payment whose answer is owed. */
function owe(challengeId: string, more: Partial<LedgerEvent> = {}): Promise<void> {
  const about = { payer, ...more }
  return testLedger.write(
    event('claim', challengeId, about),
    event('settlement', challengeId, { ...about, transaction: `0x${challengeId.length}` }),
    event('undelivered', challengeId, about),
  )
}

describe('a span', () => {
  const at = (time: string) => Date.parse(time)

  it('counts what is in it, by days and by times of day', async () => {
    const times = ['2026-11-01T00:00:00Z', '2026-11-01T23:59:59Z', '2026-11-02T12:00:00Z']
    for (const [i, time] of times.entries())
      await testLedger.write(
        event('claim', `c${i}`, { at: at(time) }),
        event('settlement', `c${i}`, { at: at(time), amount: String(10 ** i) }),
      )
    const revenue = async (...args: string[]) => {
      const { currencies } = await json(...args)
      return currencies[0]?.byAccount.revenue ?? '0'
    }
    expect(await revenue('--since', '2026-11-01', '--until', '2026-11-01')).toBe('11')
    expect(await revenue('--since', '2026-11-02')).toBe('100')
    expect(await revenue('--until', '2026-11-01')).toBe('11')
    expect(await revenue('--since', '2026-11-01T00:00:01Z', '--until', '2026-11-02')).toBe('110')
    expect(await revenue('--until', '2026-11-01T23:59:59Z')).toBe('1')
    expect(await revenue('--since', '2026-11-03')).toBe('0')
    const { stdout } = await ledger('--since', '2026-11-02')
    expect(stdout).toContain('The ledger has 4 entries since 2026-11-02T00:00:00.000Z.')
    const csv = await ledger('--csv', '-', '--since', '2026-11-02', '--until', '2026-11-02')
    expect(csv.stdout.trim().split('\r\n')).toHaveLength(5)
  })

  it.each([
    [['--since', 'yesterday'], /--since must be a day/],
    [['--since', '2026-02-30'], /--since must be a day/],
    [['--until', '2026-11-01 10:00'], /--until must be a day/],
    [['--since', '2026-11-02', '--until', '2026-11-01'], /--since must be before --until/],
    [['--since', '1d', '--until', '2d'], /--since must be before --until/],
    [['owed', '--since', '1d'], /go with the report only/],
    [['--older-than', '1d'], /go with owed/],
    [['owed', '--older-than', 'long'], /must be a duration/],
    [['owed', '--payer', 'me'], /must be an address/],
    [['refunded', 'one'], /The commands are/],
    [['refunded', 'one', '0x12'], /64 hexadecimal/],
    [['find'], /The commands are/],
    [['find', 'a\nb'], /printable/],
    [['refund', 'one'], /The commands are/],
    [['owed', '--reconcile'], /goes with the report only/],
    [['--json', '--csv', '-'], /both write/],
  ])('and arguments that are wrong fail with a sentence: %j', async (args, message) => {
    const { code, stderr } = await ledger(...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})

describe('a payment is found', () => {
  it.each([
    ['its challenge', () => 'mine'],
    ['its challenge, copied with blanks', () => ' mine '],
    ['its payer, in any case', () => payer.toUpperCase().replace('0X', '0x')],
    ['its transaction, in any case', () => '0xABCD'],
    ['its request', () => 'req_mine'],
  ])('by %s, with all its events', async (_, text) => {
    await testLedger.write(event('claim', 'another'))
    const about = { payer: payer.toLowerCase(), requestId: 'req_mine' }
    await testLedger.write(
      event('claim', 'mine', about),
      event('settlement', 'mine', { ...about, transaction: '0xabcd' }),
      event('undelivered', 'mine', { ...about, transaction: '0xabcd' }),
    )
    const { code, stdout } = await ledger('find', text())
    expect(code).toBe(0)
    expect(stdout).toContain('Challenge mine\n')
    expect(stdout).not.toContain('another')
    for (const part of ['claim', 'settlement', 'undelivered', '0.000150 to owed', 'req_mine'])
      expect(stdout).toContain(part)
    expect(stdout).toContain('now: payer -0.000150, owed 0.000150')
    const found = await json('find', text())
    expect(found).toMatchObject({ found: 1, payments: [{ challengeId: 'mine' }] })
    expect(found.payments[0].entries).toHaveLength(6)
  })

  it.each(['-', '--'])('by a challenge whose id begins with %j', async (dash) => {
    const id = dash.padEnd(43, 'a1_B-')
    await testLedger.write(event('claim', id))
    const { code, stdout } = await ledger('find', id)
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Challenge ${id}\n`)])
  })

  it('or not, with code 1, whatever is looked for', async () => {
    for (const text of [
      "'; drop table ledger_entries; --",
      'ünknown'.normalize('NFD').slice(0, 1),
    ]) {
      const { code, stdout } = await ledger('find', text)
      expect(code).toBe(1)
      expect(stdout).toContain(`The ledger has nothing under "${text}".`)
    }
    expect((await ledger()).code).toBe(0)
  })
})

describe('debts', () => {
  it('are listed, those that are due first, by age and by payer', async () => {
    await owe('fresh')
    await owe('old', { at: Date.now() - 2 * DAY_MS, payer: '0xab' })
    await owe('ended', { at: Date.now() - 40 * DAY_MS })
    await testLedger.write(event('expiry', 'ended', { payer, at: Date.now() - 10 * DAY_MS }))
    await owe('answered', { at: Date.now() - 3 * DAY_MS })
    await testLedger.write(event('retry', 'answered', { payer }))
    const { code, stdout } = await ledger('owed')
    expect(code).toBe(0)
    const ids = [...stdout.matchAll(/^ {2}(\w+) +0\.000150/gm)].map(([, id]) => id)
    expect(ids).toEqual(['ended', 'old', 'fresh'])
    expect(stdout).toMatch(/Refunds due, 0\.000300 of[\s\S]*Answers owed for less than a day/)
    const idsOf = async (...args: string[]) => {
      const { due, owed } = await json('owed', ...args)
      return [...due, ...owed].map(({ id }: { id: string }) => id)
    }
    expect(await idsOf('--older-than', '1h')).toEqual(['ended', 'old'])
    expect(await idsOf('--payer', payer)).toEqual(['ended', 'fresh'])
    expect((await ledger('owed', '--payer', `0x${'0'.repeat(40)}`)).stdout).toContain('due: none')
  })
})

describe('a refund', () => {
  it('is booked once, after its transaction was found on the chain', async () => {
    await owe('one')
    const transaction = await transfer(150n)
    const first = await ledger('refunded', 'one', transaction.toUpperCase().replace('0X', '0x'))
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toBe(`Booked the refund of one: 0.000150 of ${CURRENCY} to ${payer}.\n`)
    const again = await ledger('refunded', 'one', transaction)
    expect(again.code).toBe(0)
    expect(again.stdout).toMatch(/^The refund of one was booked already on .*, by transaction 0x/)
    const other = await ledger('refunded', 'one', await transfer(150n))
    expect(other.code).toBe(1)
    expect(other.stdout).toContain('booked already')

    const { results } = await testLedger.database
      .prepare(
        "select kind, account, amount, \"transaction\" from ledger_entries where kind in ('expiry', 'repayment')",
      )
      .all()
    expect(results).toEqual([
      { kind: 'expiry', account: 'owed', amount: -150, transaction: null },
      { kind: 'expiry', account: 'due', amount: 150, transaction: null },
      { kind: 'repayment', account: 'due', amount: -150, transaction },
      { kind: 'repayment', account: 'payer', amount: 150, transaction },
    ])
    expect(await json('owed')).toEqual({ due: [], owed: [] })
    const report = await ledger()
    expect(report.code).toBe(0)
    expect(report.stdout).toMatch(/owed +0\.000000/)
  })

  it('is booked once by runs at the same time', async () => {
    await owe('one')
    const transaction = await transfer(150n)
    const runs = await Promise.all([1, 2, 3].map(() => ledger('refunded', 'one', transaction)))
    expect(runs.filter(({ stdout }) => stdout.startsWith('Booked'))).toHaveLength(1)
    expect((await ledger()).code).toBe(0)
  })

  it('is not booked with a transaction that refunds another debt, or paid for anything', async () => {
    await owe('one')
    await owe('two')
    const transaction = await transfer(150n)
    expect((await ledger('refunded', 'one', transaction)).code).toBe(0)
    const second = await ledger('refunded', 'two', transaction)
    expect(second.code).toBe(1)
    expect(second.stdout).toContain('in the ledger already, for the challenge one')
    expect((await json('owed')).owed).toMatchObject([{ id: 'two' }])
  })

  it.each<[what: string, send: () => Promise<Hash>, said: RegExp]>([
    [
      'of another amount',
      () => transfer(149n),
      /paid 0x\w+ 0\.000149 of .*, and 0\.000150 are owed/,
    ],
    ['of more', () => transfer(151n), /0\.000151/],
    ['of another currency', () => transfer(150n, payer, OTHER_CURRENCY), /0\.000000 of/],
    [
      'to somebody else',
      () => transfer(150n, privateKeyToAddress(generatePrivateKey())),
      /0\.000000 of/,
    ],
    ['that is not on the chain', async () => `0x${'ab'.repeat(32)}`, /does not know/],
  ])('is not booked with a transaction %s', async (_, send, said) => {
    await owe('one')
    const ran = await ledger('refunded', 'one', await send())
    expect(ran.code).toBe(1)
    expect(ran.stdout).toMatch(said)
    expect((await json('owed')).owed).toMatchObject([{ id: 'one', amount: '150' }])
  })

  it('is not booked with a transaction from before the debt', async () => {
    const transaction = await transfer(150n)
    await owe('one', { at: Date.now() + 3_600_000 })
    const ran = await ledger('refunded', 'one', transaction)
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('the debt of')
  })

  it('is not booked for what is not owed', async () => {
    await testLedger.write(
      event('claim', 'paid', { payer }),
      event('settlement', 'paid', { payer }),
    )
    const ran = await ledger('refunded', 'paid', await transfer(150n))
    expect(ran.code).toBe(1)
    expect(ran.stdout).toBe('Nothing is owed for the challenge paid.\n')
  })
})
