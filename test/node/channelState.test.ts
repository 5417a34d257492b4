/** Which vouchers a channel stores, on a real SQLite. */
import { DatabaseSync } from 'node:sqlite'
import type { Hex } from 'viem'
import { expect, it } from 'vitest'
import { type Channel, createChannelState, MAX_VOUCHERS } from '../../payments/channels/state.ts'

/** As much of an object's storage as is used here: Node's SQLite behind the same calls. */
function storage() {
  const database = new DatabaseSync(':memory:')
  const exec = (query: string, ...values: (string | number | null)[]) => {
    if (values.length === 0 && query.includes(';')) {
      database.exec(query)
      return { toArray: () => [], one: () => null }
    }
    const rows = database.prepare(query).all(...values)
    return { toArray: () => rows, one: () => rows[0] }
  }
  return { exec, count: () => exec('select * from vouchers').toArray().length }
}

function stateWith(vouchers: number) {
  const sql = storage()
  const state = createChannelState(sql as never)
  state.put({ channelId: '0xab' } as Partial<Channel> as Channel)
  for (let n = 1; n <= vouchers; n++) {
    state.addVoucher({ cumulative: n * 10, signature: `0x${n.toString(16)}` as Hex }, 'c', 'r')
  }
  return { sql, state }
}

it('finds the highest voucher that is not over an amount', () => {
  const { state } = stateWith(3)
  expect(state.voucherUpTo(9)).toBeNull()
  expect(state.voucherUpTo(10)).toEqual({ cumulative: 10, signature: '0x1' })
  expect(state.voucherUpTo(29)).toEqual({ cumulative: 20, signature: '0x2' })
  expect(state.voucherUpTo(1_000)).toEqual({ cumulative: 30, signature: '0x3' })
})

it('deletes settled vouchers first, and only as many as are too many', () => {
  const { sql, state } = stateWith(MAX_VOUCHERS + 5)
  state.trimVouchers(1_000)
  expect(sql.count()).toBe(MAX_VOUCHERS)
  expect(state.voucherUpTo(50)).toBeNull()
  expect(state.voucherUpTo(60)).toMatchObject({ cumulative: 60 })
  state.trimVouchers(1_000)
  expect(sql.count()).toBe(MAX_VOUCHERS)
})

it('deletes every second voucher when nothing is settled, and never the highest', () => {
  const { sql, state } = stateWith(MAX_VOUCHERS + 1)
  state.trimVouchers(0)
  expect(sql.count()).toBe(MAX_VOUCHERS / 2 + 1)
  expect(state.voucherUpTo(Number.MAX_SAFE_INTEGER)).toMatchObject({
    cumulative: (MAX_VOUCHERS + 1) * 10,
  })
  expect(state.voucherUpTo(20)).toMatchObject({ cumulative: 10 })
})
