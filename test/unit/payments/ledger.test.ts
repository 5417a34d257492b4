import { describe, expect, it } from 'vitest'
import { entriesOf, type LedgerEvent } from '../../../payments/ledger.ts'

const EVENT: LedgerEvent = {
  eventId: 'e1',
  kind: 'claim',
  amount: '150',
  currency: '0x20c0',
  challengeId: 'c1',
  row: 'GET /a',
  payer: '0x7099',
  mode: 'pull',
  transaction: null,
  requestId: 'req_1',
  at: 1_771_929_000_000,
}

const MOVES: Record<LedgerEvent['kind'], [from: string, to: string]> = {
  claim: ['payer', 'held'],
  release: ['held', 'payer'],
  settlement: ['held', 'revenue'],
  undelivered: ['revenue', 'owed'],
  retry: ['owed', 'revenue'],
  expiry: ['owed', 'due'],
  repayment: ['due', 'payer'],
  open: ['payer', 'deposited'],
  deposit: ['payer', 'deposited'],
  voucher: ['deposited', 'authorized'],
  spend: ['authorized', 'earned'],
  capture: ['earned', 'revenue'],
  lapse: ['authorized', 'deposited'],
  forfeit: ['earned', 'deposited'],
  refund: ['deposited', 'payer'],
  fee: ['fees', 'network'],
}
const KINDS = Object.keys(MOVES) as LedgerEvent['kind'][]

/** The balance of each account after these events. */
function balances(...kinds: LedgerEvent['kind'][]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { account, amount } of kinds.flatMap((kind) => entriesOf({ ...EVENT, kind }))) {
    sums[account] = (sums[account] ?? 0) + amount
  }
  return sums
}

describe.each(KINDS)('the event %s', (kind) => {
  it('takes from one account exactly what it gives to another', () => {
    const [from, to] = MOVES[kind]
    const entries = entriesOf({ ...EVENT, kind })
    expect(entries.map(({ account, amount }) => [account, amount])).toEqual([
      [from, -150],
      [to, 150],
    ])
  })

  it.each(['0', '1', '150', '1050', '1000000000', String(Number.MAX_SAFE_INTEGER)])(
    'of amount %s sums to zero, and loses nothing',
    (amount) => {
      const [taken, given] = entriesOf({ ...EVENT, kind, amount })
      expect(taken.amount + given.amount).toBe(0)
      expect(String(given.amount)).toBe(amount)
    },
  )

  it('says in both entries what it is about', () => {
    const { amount: _, ...about } = { ...EVENT, kind, transaction: '0x80' }
    for (const entry of entriesOf({ ...EVENT, kind, transaction: '0x80' })) {
      expect(entry).toMatchObject(about)
    }
  })

  it('has two accounts, so that writing an event twice writes each of its entries once', () => {
    const [one, other] = entriesOf({ ...EVENT, kind })
    expect(one.account).not.toBe(other.account)
  })
})

describe('the balances after a payment', () => {
  it.each<[what: string, kinds: LedgerEvent['kind'][], left: Record<string, number>]>([
    ['that was released: nothing', ['claim', 'release'], { payer: 0, held: 0 }],
    ['that moved: revenue', ['claim', 'settlement'], { payer: -150, held: 0, revenue: 150 }],
    [
      'that moved for an answer that never came: a debt',
      ['claim', 'settlement', 'undelivered'],
      { payer: -150, held: 0, revenue: 0, owed: 150 },
    ],
    [
      'whose answer came later: revenue, and no debt',
      ['claim', 'settlement', 'undelivered', 'retry'],
      { payer: -150, held: 0, revenue: 150, owed: 0 },
    ],
    [
      'whose answer failed again: the debt',
      ['claim', 'settlement', 'undelivered', 'retry', 'undelivered'],
      { payer: -150, held: 0, revenue: 0, owed: 150 },
    ],
  ])('%s', (_what, kinds, left) => {
    expect(balances(...kinds)).toEqual(left)
  })
})
