/**
 * Payment channels on a real chain: the objects of the payments Worker and mppx's unmodified
 * client, with a small gateway between them.
 */
import type { Hex } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startChain, walletsOn } from '../support/node/chain.ts'
import { startRpcProxy } from '../support/node/chainProxy.ts'
import { orderOf, PRICE, startChannelGateway, voucherOf } from '../support/node/channelGateway.ts'
import { highS, signVoucher } from '../support/node/channelWallet.ts'
import { receiptOf } from '../support/node/paidGateway.ts'
import { startWorkers } from '../support/node/workers.ts'

/** Another of anvil's public keys. */
const OTHER = '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6'
const ADDRESS = '0x90f79bf6eb2c4f870365e785982e1f101e93b906'

let chain: Awaited<ReturnType<typeof startChain>>
let rpc: Awaited<ReturnType<typeof startRpcProxy>>
let wallets: ReturnType<typeof walletsOn>
let workers: Awaited<ReturnType<typeof startWorkers>>
let gateway: Awaited<ReturnType<typeof startChannelGateway>>

beforeAll(async () => {
  chain = await startChain()
  rpc = await startRpcProxy(chain.url)
  wallets = walletsOn(chain.url)
  workers = await startWorkers('http://127.0.0.1:1', rpc.url)
  gateway = await startChannelGateway(workers.channel)
})

afterAll(async () => {
  gateway.end()
  await workers.end()
  rpc.end()
  await chain.end()
})

beforeEach(() => {
  rpc.fault = 'none'
  rpc.asked.length = 0
  rpc.onSent = () => undefined
  gateway.seen.length = 0
  gateway.presented.length = 0
  gateway.during = () => undefined
})

const search = (limit: number, results = limit) =>
  `${gateway.url}/?limit=${limit}&results=${results}`

/** A channel of a fresh wallet, opened by a call without results: 3000 are authorized and free. */
async function opened() {
  const wallet = wallets.channels()
  expect((await wallet.manager.fetch(search(20, 0))).status).toBe(200)
  const channel = { channelId: wallet.channelId(), descriptor: wallet.channel() }
  const object = await workers.channel(channel.channelId)
  const accept = (...order: Parameters<typeof orderOf>) => object.accept(orderOf(...order))
  /** The accepted and spent amounts: the answer to the highest voucher when it is sent again. */
  const state = async (highest: number) => {
    const accepted = await accept(voucherOf(channel, highest), 0, 'manage')
    if (accepted.state !== 'managed') throw new Error(`the highest voucher is not ${highest}`)
    const { acceptedCumulative, spent, units } = accepted.receipt
    return { acceptedCumulative, spent, units }
  }
  return { wallet, channel, object, accept, state }
}
const FRESH = { acceptedCumulative: '3000', spent: '0', units: 0 }

/** The ledger's sums of a channel, once it has an event of the kind `until`. */
async function ledgerOf(channelId: string, until: string): Promise<Record<string, number>> {
  for (;;) {
    const { results } = await workers.database
      .prepare('select kind, account, amount from ledger_entries where channel_id = ?')
      .bind(channelId)
      .all<{ kind: string; account: string; amount: number }>()
    const sums: Record<string, number> = {}
    for (const { account, amount } of results) sums[account] = (sums[account] ?? 0) + amount
    if (results.some(({ kind }) => kind === until)) return sums
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('a channel', () => {
  it('pays for results without asking the chain, and gives back exactly the rest', async () => {
    const wallet = wallets.channels()
    const payer = () => wallets.balance(wallet.address)
    const merchant = await wallets.merchant()
    let results = 0
    for (let call = 1; call <= 20; call++) {
      const response = await wallet.manager.fetch(search(call, call % 4))
      results += call % 4
      expect(response.status).toBe(200)
      expect(receiptOf(response)).toMatchObject({ spent: String(results * PRICE), units: results })
    }
    // Only the opening: to simulate its transaction, to send it, and to read the channel back.
    expect(rpc.asked).toEqual(['eth_call', 'eth_sendRawTransactionSync', 'eth_call'])
    expect(await wallet.state()).toMatchObject({ deposit: 1_000_000n, settled: 0n })
    const before = await payer()
    const receipt = await wallet.manager.close()
    expect(receipt).toMatchObject({ spent: String(results * PRICE), txHash: expect.any(String) })
    expect((await wallets.merchant()) - merchant).toBe(BigInt(results * PRICE))
    expect((await payer()) - before).toBe(1_000_000n - BigInt(results * PRICE))
    expect(await wallet.state()).toMatchObject({ deposit: 0n })
    expect(await ledgerOf(wallet.channelId(), 'refund')).toEqual({
      payer: -results * PRICE,
      revenue: results * PRICE,
      deposited: 0,
      authorized: 0,
      earned: 0,
    })
  })

  it('is raised by each top-up, once for each transaction', async () => {
    const { wallet, channel, accept } = await opened()
    const over = voucherOf(channel, 1_000_150)
    expect(await accept(over, 1, 'call')).toMatchObject({
      state: 'refused',
      status: 402,
      type: 'session/amount-exceeds-deposit',
      fields: { requiredTopUp: '150', deposit: '1000000' },
    })
    await wallet.manager.topUp('0.5')
    const topUp = gateway.seen.at(-1)?.credential
    if (topUp === undefined) throw new Error('nothing was presented')
    expect(await accept(topUp, 1, 'manage')).toMatchObject({ state: 'managed' })
    expect(await wallet.state()).toMatchObject({ deposit: 1_500_000n })
    expect(await accept(over, 1, 'call')).toMatchObject({ state: 'reserved' })
    expect(await accept(voucherOf(channel, 1_500_001), 1, 'call')).toMatchObject({
      state: 'refused',
      type: 'session/amount-exceeds-deposit',
    })
  })

  it('takes the highest voucher again unchecked, and reserves no more than is authorized', async () => {
    const { channel, object, accept, state } = await opened()
    const again = () => accept(voucherOf(channel, 3000), 10, 'call')
    expect([(await again()).state, (await again()).state]).toEqual(['reserved', 'reserved'])
    expect(await again()).toMatchObject({
      state: 'refused',
      status: 402,
      type: 'session/insufficient-balance',
      fields: { requiredTopUp: '1500', acceptedCumulative: '3000', deposit: '1000000' },
    })
    expect(await state(3000)).toEqual(FRESH)
    const other = await accept(voucherOf(channel, 3150), 1, 'call', { requestId: 'other' })
    expect(other).toMatchObject({ state: 'reserved', receipt: { acceptedCumulative: '3150' } })
    expect(await object.keep('other', '0', 0)).toMatchObject({ spent: '0' })
  })

  it('charges 50 calls at once no more than is authorized, and each of them once', async () => {
    const { channel, object, state } = await opened()
    const authorized = 20 * 1500
    await object.accept(orderOf(voucherOf(channel, authorized), 0, 'manage'))
    const orders = Array.from({ length: 50 }, () =>
      orderOf(voucherOf(channel, authorized), 10, 'call'),
    )
    const answers = await Promise.all(orders.map((order) => object.accept(order)))
    const reserved = orders.filter((_, index) => answers[index]?.state === 'reserved')
    expect(reserved).toHaveLength(20)
    for (const answer of answers.filter((one) => one.state !== 'reserved')) {
      expect(answer).toMatchObject({
        state: 'refused',
        status: 402,
        type: 'session/insufficient-balance',
        fields: { requiredTopUp: '1500' },
      })
    }
    // Each call has 0 to 10 results; what it did not cost of its reservation is free again.
    const results = reserved.map((_, index) => index % 11)
    const kept = reserved.map(({ requestId }, index) => {
      const cost = String((results[index] ?? 0) * PRICE)
      const keep = () => object.keep(requestId, cost, results[index] ?? 0)
      return Promise.allSettled([keep(), keep()])
    })
    for (const both of await Promise.all(kept)) {
      // Asked again, because an answer may get lost: the same receipt, for one cost.
      const [first, again] = both.map((one) => (one.status === 'fulfilled' ? one.value : null))
      expect(first).toMatchObject({ status: 'success' })
      expect(again).toEqual(first)
    }
    const units = results.reduce((sum, one) => sum + one, 0)
    const spent = String(units * PRICE)
    expect(await state(authorized)).toEqual({
      acceptedCumulative: String(authorized),
      spent,
      units,
    })
  })

  it('charges 50 calls that raise the voucher at once no more than is authorized', async () => {
    const { channel, object } = await opened()
    const orders = Array.from({ length: 50 }, (_, index) =>
      orderOf(voucherOf(channel, 3000 + (index + 1) * 1500), 10, 'call'),
    )
    const answers = await Promise.all(orders.map((order) => object.accept(order)))
    const kept = await Promise.all(
      orders.map(async ({ requestId }, index) =>
        answers[index]?.state === 'reserved' ? object.keep(requestId, '1500', 10) : null,
      ),
    )
    const reserved = kept.flatMap((receipt) =>
      receipt === null || 'state' in receipt ? [] : [receipt],
    )
    const last = Math.max(...reserved.map(({ spent }) => Number(spent)))
    const accepted = Math.max(...reserved.map((receipt) => Number(receipt.acceptedCumulative)))
    expect(last).toBe(reserved.length * 1500)
    expect(last).toBeLessThanOrEqual(accepted)
    for (const answer of answers.filter(({ state }) => state !== 'reserved')) {
      expect(answer).toMatchObject({ state: 'refused', status: 402 })
    }
  })
})

describe('a refusal changes nothing', () => {
  const wrong: [string, (id: Hex) => Record<string, unknown>, number, string][] = [
    [
      'a wrong signer',
      (id) => ({ signature: signVoucher(id, 4500, OTHER) }),
      402,
      'session/signer-mismatch',
    ],
    [
      "another amount's signature",
      (id) => ({ signature: signVoucher(id, 4499) }),
      402,
      'session/signer-mismatch',
    ],
    [
      "another channel's voucher",
      () => ({ signature: signVoucher(`0x${'ab'.repeat(32)}`, 4500) }),
      402,
      'session/signer-mismatch',
    ],
    [
      'a signature with a high s',
      (id) => ({ signature: highS(signVoucher(id, 4500)) }),
      402,
      'session/invalid-signature',
    ],
    ['no signature at all', () => ({ signature: '0x00' }), 402, 'session/invalid-signature'],
    [
      'a voucher above the deposit',
      (id) => ({ cumulativeAmount: '1000001', signature: signVoucher(id, 1_000_001) }),
      402,
      'session/amount-exceeds-deposit',
    ],
    [
      'a lower voucher',
      (id) => ({ cumulativeAmount: '2999', signature: signVoucher(id, 2999) }),
      402,
      'verification-failed',
    ],
    ['an unknown action', () => ({ action: 'refund' }), 400, 'invalid-payload'],
    ['no action', () => ({ action: undefined }), 400, 'invalid-payload'],
    ['no descriptor', () => ({ descriptor: undefined }), 400, 'invalid-payload'],
    [
      'a signature of a megabyte',
      () => ({ signature: `0x${'00'.repeat(500_000)}` }),
      400,
      'invalid-payload',
    ],
    ['a negative amount', () => ({ cumulativeAmount: '-1' }), 400, 'invalid-payload'],
    [
      'an amount beyond all money',
      () => ({ cumulativeAmount: '9'.repeat(29) }),
      400,
      'invalid-payload',
    ],
    [
      'a close that somebody else has signed',
      (id) => ({ action: 'close', signature: signVoucher(id, 4500, OTHER) }),
      402,
      'session/signer-mismatch',
    ],
  ]

  it('whatever is wrong with the credential', async () => {
    const { wallet, channel, object, accept, state } = await opened()
    const first = orderOf(voucherOf(channel, 3000), 1, 'call')
    await object.accept(first)
    await object.keep(first.requestId, '150', 1)
    const before = await state(3000)
    expect(before).toEqual({ acceptedCumulative: '3000', spent: '150', units: 1 })
    rpc.asked.length = 0
    for (const [name, given, status, type] of wrong) {
      const credential = voucherOf(channel, 4500, given(channel.channelId))
      const answer = await accept(credential, 1, 'call')
      expect(answer, name).toMatchObject({ state: 'refused', status, type })
      expect(await state(3000), name).toEqual(before)
    }
    // The chain is asked about the deposit, once: it may have been topped up there.
    expect(rpc.asked).toEqual(['eth_call'])
    expect(await wallet.state()).toMatchObject({ deposit: 1_000_000n, closeRequestedAt: 0 })
  })

  it('if chain, escrow, payee, currency, operator or descriptor are not the channel’s', async () => {
    const { channel, accept, state } = await opened()
    const orders = [
      { chainId: 1 },
      { escrow: ADDRESS },
      { recipient: ADDRESS },
      { currency: ADDRESS },
      { operator: ADDRESS },
    ]
    for (const order of orders) {
      const answer = await accept(voucherOf(channel, 4500), 1, 'call', order)
      const said = { state: 'refused', status: 402, type: 'verification-failed' }
      expect(answer, JSON.stringify(order)).toMatchObject(said)
    }
    for (const given of [{ payer: ADDRESS }, { salt: `0x${'00'.repeat(32)}` }]) {
      const descriptor = { ...channel.descriptor, ...given }
      const answer = await accept(voucherOf(channel, 4500, { descriptor }), 1, 'call')
      expect(answer).toMatchObject({ state: 'refused', status: 402, type: 'verification-failed' })
    }
    const credential = { ...voucherOf(channel, 4500), source: `did:pkh:eip155:1337:${ADDRESS}` }
    expect(await accept(credential, 1, 'call')).toMatchObject({ type: 'verification-failed' })
    expect(await state(3000)).toEqual(FRESH)
  })

  it('if the channel was never opened: 410', async () => {
    const { channel } = await opened()
    const salt: Hex = `0x${'11'.repeat(32)}`
    const descriptor = { ...channel.descriptor, salt }
    const { Session } = await import('mppx/tempo')
    const channelId = Session.Precompile.Channel.computeId({
      ...descriptor,
      chainId: 1337,
      escrow: '0x4d50500000000000000000000000000000000000',
    })
    const unknown = await workers.channel(channelId)
    for (const action of ['voucher', 'close']) {
      const credential = voucherOf({ channelId, descriptor }, 4500, { action })
      expect(await unknown.accept(orderOf(credential, 1, 'call'))).toMatchObject({
        state: 'refused',
        status: 410,
        type: 'session/channel-not-found',
      })
    }
  })

  it('if too many bad vouchers come: it checks no more, and still knows the checked ones', async () => {
    const { channel, accept, state } = await opened()
    const signature = signVoucher(channel.channelId, 4499)
    const bad = () => accept(voucherOf(channel, 4500, { signature }), 1, 'call')
    while ((await bad()).state !== 'unavailable');
    expect(await state(3000)).toEqual(FRESH)
  })
})

describe('a reservation', () => {
  it('limits what its call can cost, and belongs to its request', async () => {
    const { channel, object, accept, state } = await opened()
    const requestId = 'first'
    await accept(voucherOf(channel, 3000), 10, 'call', { requestId })
    await expect(object.keep(requestId, '1501', 10)).rejects.toThrow()
    await expect(object.keep('another', '150', 1)).rejects.toThrow()
    await expect(object.keep(requestId, '-150', 1)).rejects.toThrow()
    expect(await object.keep(requestId, '450', 3)).toMatchObject({ spent: '450', units: 3 })
    expect(await object.keep(requestId, '450', 3)).toMatchObject({ spent: '450', units: 3 })
    await expect(object.keep(requestId, '600', 4)).rejects.toThrow()
    expect(await state(3000)).toEqual({ acceptedCumulative: '3000', spent: '450', units: 3 })
  })

  it('is free again when it is released, or when it has expired', async () => {
    const { channel, object, accept, state } = await opened()
    const all = (requestId: string, holdMs: number) =>
      accept(voucherOf(channel, 3000), 20, 'call', { requestId, holdMs })
    await all('released', 30_000)
    expect((await all('refused', 30_000)).state).toBe('refused')
    await object.release('released')
    expect((await all('forgotten', 50)).state).toBe('reserved')
    while ((await all('next', 30_000)).state === 'refused') await new Promise(setImmediate)
    await expect(object.keep('forgotten', '150', 1)).rejects.toThrow()
    expect(await state(3000)).toEqual(FRESH)
  })
})

describe('a stream', () => {
  it('draws from what is authorized, waits for a voucher, and goes on', async () => {
    const { channel, object, accept, state } = await opened()
    await accept(voucherOf(channel, 3000), 10, 'call', { requestId: 'stream' })
    await accept(voucherOf(channel, 3000), 10, 'call', { requestId: 'other' })
    for (let part = 1; part <= 10; part++) {
      expect(await object.draw('stream', '150', 1)).toMatchObject({
        state: 'drawn',
        receipt: { spent: String(part * 150), units: part },
      })
    }
    // The stream cannot draw from the reservation of another call.
    expect(await object.draw('stream', '150', 1)).toEqual({
      state: 'need-voucher',
      required: '3150',
      accepted: '3000',
      deposit: '1000000',
    })
    const waiting = object.awaitVoucher('3150', 30_000)
    await accept(voucherOf(channel, 3100), 0, 'manage')
    await accept(voucherOf(channel, 3300), 0, 'manage')
    expect(await waiting).toMatchObject({ acceptedCumulative: '3300' })
    expect((await object.draw('stream', '150', 1)).state).toBe('drawn')
    await object.release('stream')
    expect(await object.draw('stream', '150', 1)).toEqual({ state: 'over' })
    expect(await state(3300)).toEqual({ acceptedCumulative: '3300', spent: '1650', units: 11 })
  })

  it('learns that no voucher comes, or that the channel closes', async () => {
    const { wallet, channel, object, accept } = await opened()
    await accept(voucherOf(channel, 3000), 20, 'call', { requestId: 'stream' })
    expect(await object.awaitVoucher('3150', 10)).toBeNull()
    const waiting = object.awaitVoucher('3150', 60_000)
    const closing = wallet.manager.close()
    expect(await waiting).toBeNull()
    expect(await object.draw('stream', '150', 1)).toEqual({ state: 'over' })
    await object.release('stream')
    expect(await closing).toMatchObject({ spent: '0', txHash: expect.any(String) })
  })
})

describe('a credential that comes after its challenge has expired', () => {
  const LATE = { expiresAt: 1 }
  const EXPIRED = { state: 'refused', status: 402, type: 'payment-expired' }

  /** Resolves when a transaction was sent and its sender has not heard of it: the chain is down. */
  const sentUnheard = () =>
    new Promise<void>((resolve) => {
      rpc.fault = 'break after sending'
      rpc.onSent = () => resolve()
    })

  /** The credential that came last, and its channel. */
  function last() {
    const credential = gateway.presented.at(-1)
    if (credential === undefined) throw new Error('nothing was presented')
    return { credential, channelId: String(credential.payload.channelId) }
  }

  it('goes on with its pending opening: it gets one answer, and another challenge gets nothing', async () => {
    gateway.during = () => Promise.reject(new Error('the gateway has died'))
    expect((await wallets.channels().manager.fetch(search(20))).status).toBe(500)
    const { credential, channelId } = last()
    const object = await workers.channel(channelId)
    const late = (rest = {}) => orderOf(credential, 20, 'call', { ...LATE, ...rest })
    expect(await object.accept(late())).toEqual({ state: 'pending' }) // the first call goes on
    await object.release(gateway.requestId)
    rpc.asked.length = 0
    expect(await object.accept(late())).toMatchObject(EXPIRED)
    const sent = sentUnheard()
    const opening = object.accept(orderOf(credential, 20, 'manage'))
    await sent
    expect(await object.accept(late())).toEqual({ state: 'pending' })
    const strange = { ...credential, challenge: { ...credential.challenge, id: 'another' } }
    expect(await object.accept(orderOf(strange, 20, 'call', LATE))).toMatchObject(EXPIRED)
    rpc.fault = 'none'
    expect(await opening).toMatchObject({ state: 'managed' })
    const order = late()
    expect(await object.accept(order)).toMatchObject({ state: 'reserved' })
    expect(await object.keep(order.requestId, '450', 3)).toMatchObject({ spent: '450' })
    rpc.asked.length = 0
    expect(await object.accept(late())).toMatchObject(EXPIRED)
    expect(rpc.asked).toEqual([])
  })

  it('goes on with its pending top-up, and sends none that was not sent in time', async () => {
    const { wallet, object } = await opened()
    const sent = sentUnheard()
    const topUp = wallet.manager.topUp('0.5').catch(() => undefined)
    await Promise.all([sent, topUp])
    const { credential } = last()
    const late = () => object.accept(orderOf(credential, 0, 'manage', LATE))
    expect(await late()).toEqual({ state: 'pending' })
    rpc.fault = 'none'
    await expect.poll(late).toMatchObject({ state: 'managed' })
    expect(await wallet.state()).toMatchObject({ deposit: 1_500_000n })
    rpc.asked.length = 0
    const other = { ...credential, payload: { ...credential.payload, transaction: '0x76' } }
    expect(await object.accept(orderOf(other, 0, 'manage', LATE))).toMatchObject(EXPIRED)
    expect(rpc.asked).toEqual([])
  })

  it('goes on with its pending close and gets the receipt; a late voucher or close of others does nothing', async () => {
    const { wallet, channel, accept } = await opened()
    for (const action of ['voucher', 'close'])
      expect(await accept(voucherOf(channel, 3000, { action }), 0, 'manage', LATE)).toMatchObject(
        EXPIRED,
      )
    const sent = sentUnheard()
    const closing = wallet.manager.close().catch(() => undefined)
    await Promise.all([sent, closing])
    const late = () => accept(last().credential, 0, 'manage', LATE)
    expect(await late()).toEqual({ state: 'pending' })
    rpc.fault = 'none'
    await expect.poll(late).toMatchObject({ state: 'managed', receipt: { spent: '0' } })
    expect(await wallet.state()).toMatchObject({ deposit: 0n })
    expect(await late()).toMatchObject({ status: 410 })
    rpc.asked.length = 0
    const strange = voucherOf(channel, 3000, { action: 'close' })
    expect(await accept(strange, 0, 'manage', LATE)).toMatchObject(EXPIRED)
    expect(rpc.asked).toEqual([])
  })
})
