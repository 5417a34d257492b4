/**
 * The money of channels on a real chain: settled, closed, and never lost, though the chain fails
 * and objects are killed.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generatePrivateKey } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startChain, walletsOn } from '../support/node/chain.ts'
import { startRpcProxy } from '../support/node/chainProxy.ts'
import { orderOf, PRICE, startChannelGateway, voucherOf } from '../support/node/channelGateway.ts'
import { signVoucher } from '../support/node/channelWallet.ts'
import { startWorkers } from '../support/node/workers.ts'

type Stack = Awaited<ReturnType<typeof startWorkers>>

let chain: Awaited<ReturnType<typeof startChain>>
let rpc: Awaited<ReturnType<typeof startRpcProxy>>
let wallets: ReturnType<typeof walletsOn>
let gateway: Awaited<ReturnType<typeof startChannelGateway>>
let workers: Stack
let folder: string

beforeAll(async () => {
  chain = await startChain()
  rpc = await startRpcProxy(chain.url)
  wallets = walletsOn(chain.url)
  gateway = await startChannelGateway((channelId) => workers.channel(channelId))
})

afterAll(async () => {
  gateway.end()
  rpc.end()
  await chain.end()
})

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'turnpike-channels-'))
  rpc.fault = 'none'
  rpc.onSent = () => undefined
  rpc.asked.length = 0
  gateway.seen.length = 0
  gateway.presented.length = 0
  gateway.during = () => undefined
})

afterEach(async () => {
  await workers.end()
  rmSync(folder, { recursive: true, force: true })
})

/** Starts the Workers, on the storage that earlier ones have left. */
async function start(vars: Record<string, string> = {}, paymentsEntry = 'payments/index.ts') {
  workers = await startWorkers('http://127.0.0.1:1', rpc.url, 'dev/gateway.ts', {
    folder,
    paymentsEntry,
    payments: vars,
  })
}
async function restart(vars: Record<string, string> = {}) {
  await workers.end()
  await start(vars)
}

const search = (limit: number, results = limit) =>
  `${gateway.url}/?limit=${limit}&results=${results}`

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** A channel of a fresh wallet that has paid for calls with so many results, at most 20 each. */
async function spent(...results: number[]) {
  const merchant = await wallets.merchant()
  const wallet = wallets.channels()
  for (const one of results) {
    expect((await wallet.manager.fetch(search(20, one))).status).toBe(200)
  }
  const channel = { channelId: wallet.channelId(), descriptor: wallet.channel() }
  const gained = async () => Number((await wallets.merchant()) - merchant)
  const isClosed = async () => (await wallet.state()).deposit === 0n
  return { wallet, channel, gained, isClosed }
}

/** The ledger's sums of a channel, once it has an event of a kind. */
async function ledgerOf(channelId: string, kind: string): Promise<Record<string, number>> {
  const query = 'select kind, account, amount from ledger_entries where channel_id = ?'
  const sums: Record<string, number> = {}
  await until(async () => {
    const { results } = await workers.database
      .prepare(query)
      .bind(channelId)
      .all<{ kind: string; account: string; amount: number }>()
    for (const name of Object.keys(sums)) delete sums[name]
    for (const { account, amount } of results) sums[account] = (sums[account] ?? 0) + amount
    return results.some((entry) => entry.kind === kind)
  })
  return sums
}

describe('spent money is settled', () => {
  it('from an amount on, by the highest voucher that is not over what was spent', async () => {
    await start({ SETTLE_AMOUNT: '3000' })
    // Authorized 3000, 6000 and 9000; spent 1500, 2850 and 4350.
    const { wallet, channel, gained } = await spent(10, 9, 10)
    await until(async () => (await wallet.state()).settled > 0n)
    expect(await wallet.state()).toMatchObject({ settled: 3000n, deposit: 1_000_000n })
    expect(await gained()).toBe(3000)
    expect(await ledgerOf(channel.channelId, 'capture')).toMatchObject({ revenue: 3000 })
    expect(await wallet.manager.close()).toMatchObject({ spent: '4350' })
    expect(await gained()).toBe(4350)
    expect(await ledgerOf(channel.channelId, 'refund')).toEqual({
      payer: -4350,
      revenue: 4350,
      deposited: 0,
      authorized: 0,
      earned: 0,
    })
  })

  it('after a time', async () => {
    await start({ SETTLE_AFTER_MS: '1000' })
    const { wallet, gained } = await spent(20)
    await until(async () => (await wallet.state()).settled > 0n)
    expect(await gained()).toBe(3000)
  })

  it('after a time, but not an amount that is less than SETTLE_LEAST', async () => {
    await start({ SETTLE_AFTER_MS: '1000', SETTLE_LEAST: '4000' })
    const little = await spent(10, 10)
    const enough = await spent(20, 20)
    // The second channel is younger: when it is settled, the first has long been old enough.
    await until(async () => (await enough.wallet.state()).settled > 0n)
    expect((await little.wallet.state()).settled).toBe(0n)
    expect(await little.wallet.manager.close()).toMatchObject({ spent: '3000' })
    expect(await enough.gained()).toBe(6000 + 3000)
  })

  it('when the chain answers again, once', async () => {
    await start({ SETTLE_AMOUNT: '3000' })
    rpc.onSent = () => undefined
    const { wallet, gained } = await spent(10)
    rpc.fault = 'down'
    expect((await wallet.manager.fetch(search(20, 10))).status).toBe(200)
    await until(() => rpc.asked.filter((method) => method === 'eth_fillTransaction').length > 1)
    expect((await wallet.state()).settled).toBe(0n)
    rpc.fault = 'break after sending'
    await until(() => String(rpc.fault) === 'down')
    rpc.fault = 'none'
    await until(async () => (await wallet.state()).settled > 0n)
    expect(await gained()).toBe(3000)
    expect(await wallet.manager.close()).toMatchObject({ spent: '3000' })
    expect(await gained()).toBe(3000)
  })

  it('by the next instance, after the object was killed', async () => {
    await start({ SETTLE_AMOUNT: '3000' })
    const { wallet, channel, gained } = await spent(10)
    rpc.fault = 'silent after sending'
    const sent = new Promise<void>((resolve) => {
      rpc.onSent = () => resolve()
    })
    expect((await wallet.manager.fetch(search(20, 10))).status).toBe(200)
    await sent
    rpc.fault = 'none'
    await restart({ SETTLE_AMOUNT: '3000' })
    expect(await ledgerOf(channel.channelId, 'capture')).toMatchObject({ revenue: 3000, earned: 0 })
    expect(await gained()).toBe(3000)
  })
})

describe('a rotation of SETTLEMENT_KEY under an open channel', () => {
  const rotated = { SETTLEMENT_KEY_2: `${generatePrivateKey()}@1` }

  it('settles and closes it with the key that it was opened for, though a newer one is stored', async () => {
    await start()
    const { wallet, channel, gained } = await spent(10)
    await restart({ ...rotated, SETTLE_AMOUNT: '3000' })
    expect((await wallet.manager.fetch(search(20, 10))).status).toBe(200)
    await until(async () => (await wallet.state()).settled > 0n)
    expect(await gained()).toBe(3000)
    expect((await wallet.manager.fetch(search(20, 5))).status).toBe(200)
    expect(await wallet.manager.close()).toMatchObject({ spent: '3750' })
    expect(await gained()).toBe(3750)
    expect(await ledgerOf(channel.channelId, 'refund')).toMatchObject({ revenue: 3750, earned: 0 })
  })

  it('loses nothing if the old key is retired too early: with that key it settles again', async () => {
    await start()
    const { wallet, gained } = await spent(20)
    await restart({ SETTLEMENT_KEY: '', ...rotated, SETTLE_AMOUNT: '3000' })
    await wallet.manager.fetch(search(20, 10))
    expect((await wallet.state()).settled).toBe(0n)
    await restart({ ...rotated, SETTLE_AMOUNT: '3000' })
    await until(async () => (await wallet.state()).settled > 0n)
    expect(await gained()).toBeGreaterThanOrEqual(3000)
  })
})

describe('a forced close', () => {
  it('gives back what was not spent, and nothing else, long before the grace is over', async () => {
    await start({ WATCH_EVERY_MS: '500' })
    const { wallet, channel, gained, isClosed } = await spent(7, 3)
    await wallet.requestClose()
    await until(isClosed)
    expect(await gained()).toBe(10 * PRICE)
    const object = await workers.channel(channel.channelId)
    const gone = { state: 'refused', status: 410, type: 'session/channel-finalized' }
    expect(await object.accept(orderOf(voucherOf(channel, 9000), 20, 'call'))).toMatchObject(gone)
    // The payer's own close gets the receipt, once; a close that the payer has not signed does not.
    const close = (given: object) =>
      object.accept(orderOf(voucherOf(channel, 6000, { action: 'close', ...given }), 0, 'manage'))
    const signature = signVoucher(channel.channelId, 5999)
    expect(await close({ signature })).toMatchObject({ type: 'session/signer-mismatch' })
    expect(await close({})).toMatchObject({ state: 'managed', receipt: { spent: '1500' } })
    expect(await close({})).toMatchObject(gone)
    expect(await ledgerOf(channel.channelId, 'refund')).toMatchObject({
      revenue: 1500,
      payer: -1500,
    })
  })

  it('waits for a call that is being answered, which is paid for too', async () => {
    await start({ WATCH_EVERY_MS: '500' })
    const { wallet, channel, gained, isClosed } = await spent(7)
    const object = await workers.channel(channel.channelId)
    const order = orderOf(voucherOf(channel, 6000), 20, 'call')
    expect((await object.accept(order)).state).toBe('reserved')
    await wallet.requestClose()
    // No new call is accepted, and the call in progress keeps the channel from being closed.
    const probe = () => object.accept(orderOf(voucherOf(channel, 6000), 0, 'manage'))
    await until(async () => (await probe()).state === 'refused')
    expect(await isClosed()).toBe(false)
    const receipt = await object.keep(order.requestId, '300', 2)
    expect(receipt, 'of a call that has opened nothing').not.toHaveProperty('txHash')
    await until(isClosed)
    expect(await gained()).toBe(9 * PRICE)
  })

  it('is answered by the next instance, after the object was killed', async () => {
    await start({ WATCH_EVERY_MS: '300000' })
    const { wallet, gained, isClosed } = await spent(7)
    await wallet.requestClose()
    await restart({ WATCH_EVERY_MS: '500' })
    // There is no call: the alarm finds the request for a close.
    await (await workers.channel(wallet.channelId())).release('nobody')
    await until(isClosed)
    expect(await gained()).toBe(7 * PRICE)
  })

  it('that is not answered within the grace is in the ledger as a loss', async () => {
    await start({ WATCH_EVERY_MS: '500' })
    const { wallet, channel, gained, isClosed } = await spent(7)
    rpc.fault = 'down'
    await wallet.requestClose()
    await wallet.passGrace()
    await wallet.withdraw()
    rpc.fault = 'none'
    expect(await isClosed()).toBe(true)
    expect(await ledgerOf(channel.channelId, 'refund')).toEqual({
      payer: 0,
      deposited: 0,
      authorized: 0,
      earned: 0,
    })
    expect(await gained()).toBe(0)
  })
})

describe('a close with a voucher that was published by its settlement', () => {
  it('is refused, for anybody may have sent it; with a challenge of the payer it is good', async () => {
    await start({ SETTLE_AMOUNT: '3000' })
    const { wallet, channel, gained, isClosed } = await spent(10, 9, 10)
    await until(async () => (await wallet.state()).settled > 0n)
    const object = await workers.channel(channel.channelId)
    const published = voucherOf(channel, 3000, { action: 'close' })
    expect(await object.accept(orderOf(published, 0, 'manage'))).toMatchObject({
      state: 'refused',
      status: 402,
      fields: { spent: '4350' },
    })
    expect(await isClosed()).toBe(false)
    const [first] = gateway.seen
    if (first === undefined) throw new Error('nothing was presented')
    const own = { ...published, challenge: first.credential.challenge }
    expect(await object.accept(orderOf(own, 0, 'manage'))).toMatchObject({
      state: 'managed',
      receipt: { spent: '4350' },
    })
    expect(await isClosed()).toBe(true)
    expect(await gained()).toBe(4350)
  })
})

describe('a call whose receipt was lost', () => {
  it('is given back when it is released, and costs nothing at the close', async () => {
    await start()
    const { wallet, channel, gained } = await spent(7)
    const object = await workers.channel(channel.channelId)
    const order = orderOf(voucherOf(channel, 6000), 20, 'call')
    await object.accept(order)
    expect(await object.keep(order.requestId, '3000', 20)).toMatchObject({ spent: '4050' })
    await ledgerOf(channel.channelId, 'spend')
    await object.release(order.requestId)
    await object.release(order.requestId)
    const shown = await object.accept(orderOf(voucherOf(channel, 6000), 0, 'manage'))
    expect(shown).toMatchObject({ receipt: { spent: '1050', units: 7 } })
    await object.accept(orderOf(voucherOf(channel, 6000, { action: 'close' }), 0, 'manage'))
    expect(await gained()).toBe(7 * PRICE)
    expect((await wallet.state()).deposit).toBe(0n)
    expect(await ledgerOf(channel.channelId, 'refund')).toEqual({
      payer: -1050,
      revenue: 1050,
      deposited: 0,
      authorized: 0,
      earned: 0,
    })
  })
})

describe('an object that is killed', () => {
  it('between reservation and cost still charges the call, once, within the reservation', async () => {
    await start()
    const { channel } = await spent(7)
    const order = orderOf(voucherOf(channel, 6000), 20, 'call')
    expect((await (await workers.channel(channel.channelId)).accept(order)).state).toBe('reserved')
    await restart()
    const object = await workers.channel(channel.channelId)
    const other = orderOf(voucherOf(channel, 6000), 20, 'call')
    expect(await object.accept(other)).toMatchObject({
      state: 'refused',
      type: 'session/insufficient-balance',
      fields: { requiredTopUp: '1050' },
    })
    expect(await object.keep(order.requestId, '3000', 20)).toMatchObject({ spent: '4050' })
    await restart()
    const again = await workers.channel(channel.channelId)
    expect(await again.keep(order.requestId, '3000', 20)).toMatchObject({ spent: '4050' })
    await again.confirm(order.requestId)
    await expect(again.keep(order.requestId, '2850', 19)).rejects.toThrow()
    const receipt = { acceptedCumulative: '6000', spent: '4050', units: 27 }
    const shown = await again.accept(orderOf(voucherOf(channel, 6000), 0, 'manage'))
    expect(shown).toMatchObject({ state: 'managed', receipt })
  })

  it('again and again during calls charges all that was delivered, and no more than authorized', async () => {
    const vars = { SETTLE_AMOUNT: '1500' }
    await start(vars)
    const { channel, gained, isClosed } = await spent(0)
    let authorized = 3000
    let delivered = 0
    for (const killedAfter of [1, 3, 7, 12]) {
      authorized += 12 * 1500
      const shown = voucherOf(channel, authorized)
      const object = await workers.channel(channel.channelId)
      let ended = 0
      const enough = new Promise<void>((resolve) => {
        for (let call = 0; call < 12; call++) {
          const order = orderOf(shown, 10, 'call', { holdMs: 3_000 })
          void object
            .accept(order)
            .then(({ state }) => {
              if (state !== 'reserved') throw new Error('nothing is reserved')
              return object.keep(order.requestId, '1500', 10)
            })
            // As in the gateway, an answer leaves only after its cost is spent.
            .then(() => {
              delivered += 1500
            })
            .catch(() => undefined)
            .finally(() => {
              ended += 1
              if (ended === killedAfter) resolve()
            })
        }
      })
      await enough
      await restart(vars)
    }
    const object = await workers.channel(channel.channelId)
    const close = voucherOf(channel, authorized, { action: 'close' })
    let receipt: { spent: string } | null = null
    await until(async () => {
      const answer = await object.accept(orderOf(close, 0, 'manage'))
      if (answer.state === 'managed') receipt = { spent: answer.receipt.spent }
      return answer.state !== 'pending'
    })
    const spentInAll = Number((receipt as { spent: string } | null)?.spent)
    expect(spentInAll).toBeGreaterThanOrEqual(delivered)
    expect(delivered).toBeGreaterThan(0)
    expect(spentInAll).toBeLessThanOrEqual(authorized)
    expect(await isClosed()).toBe(true)
    expect(await gained()).toBe(spentInAll)
    expect(await ledgerOf(channel.channelId, 'refund')).toEqual({
      payer: -spentInAll,
      revenue: spentInAll,
      deposited: 0,
      authorized: 0,
      earned: 0,
    })
  })

  it('during its close captures once, and the same credential gets the receipt', async () => {
    await start()
    const { channel, gained, isClosed } = await spent(7)
    rpc.fault = 'silent after sending'
    const sent = new Promise<void>((resolve) => {
      rpc.onSent = () => resolve()
    })
    const close = voucherOf(channel, 3000, { action: 'close' })
    const order = () => orderOf(close, 0, 'manage')
    const lost = (await workers.channel(channel.channelId)).accept(order()).catch(() => null)
    await sent
    rpc.fault = 'none'
    await restart()
    await lost
    const answers: unknown[] = []
    await until(async () => {
      const answer = await (await workers.channel(channel.channelId)).accept(order())
      answers.push(answer.state)
      return answer.state !== 'pending'
    })
    expect(answers.at(-1)).toBe('managed')
    expect(await isClosed()).toBe(true)
    expect(await gained()).toBe(7 * PRICE)
    const object = await workers.channel(channel.channelId)
    expect(await object.accept(order())).toMatchObject({ status: 410 })
  })
})

describe('a top-up', () => {
  it('waits while another top-up is not known to be mined', async () => {
    await start()
    const { wallet, channel } = await spent(1)
    rpc.fault = 'down'
    const [first, second] = await Promise.all(
      ['0.5', '0.25'].map(async (amount) => {
        const { length } = gateway.presented
        await wallet.manager.topUp(amount).catch(() => undefined)
        expect(gateway.presented.length).toBeGreaterThan(length)
        return gateway.presented.find(
          ({ payload }) => Number(payload.additionalDeposit) === Number(amount) * 1e6,
        )
      }),
    )
    if (first === undefined || second === undefined) throw new Error('nothing was presented')
    const accept = async (credential: typeof first) =>
      (await (await workers.channel(channel.channelId)).accept(orderOf(credential, 0, 'manage')))
        .state
    rpc.fault = 'break after sending'
    expect(await accept(first)).toBe('pending')
    rpc.fault = 'no receipts'
    expect(await accept(second)).toBe('pending')
    expect((await wallet.state()).deposit).toBe(1_500_000n)
    rpc.fault = 'none'
    await until(async () => (await accept(first)) === 'managed')
    expect(await accept(second)).toBe('managed')
    expect((await wallet.state()).deposit).toBe(1_750_000n)
  })
})

describe('an opening', () => {
  it('whose call is released, or not heard of again, is never sent', async () => {
    await start()
    const before = await wallets.escrow()
    const wallet = wallets.channels()
    gateway.during = () => Promise.reject(new Error('the gateway has died'))
    expect((await wallet.manager.fetch(search(20, 7))).status).toBe(500)
    const { credential, channelId } = presented()
    const object = await workers.channel(channelId)
    expect(await object.accept(orderOf(credential, 20, 'call'))).toEqual({ state: 'pending' })
    await object.release(gateway.requestId)
    const again = orderOf(credential, 20, 'call')
    expect((await object.accept(again)).state).toBe('reserved')
    await object.release(again.requestId)
    await expect(object.keep(again.requestId, '0', 0)).rejects.toThrow()
    expect(rpc.asked.filter((method) => method.startsWith('eth_sendRaw'))).toEqual([])
    expect(await wallets.escrow()).toBe(before)
  })

  /** The first call of a fresh wallet; its status. */
  const first = async () => (await wallets.channels().manager.fetch(search(20, 7))).status
  const presented = () => {
    const credential = gateway.seen.at(-1)?.credential
    if (credential === undefined) throw new Error('nothing was presented')
    return { credential, channelId: String(credential.payload.channelId) }
  }

  it('that never reached the chain changes nothing, and may come again', async () => {
    await start()
    rpc.fault = 'down'
    const before = await wallets.escrow()
    expect(await first()).toBe(503)
    const { credential, channelId } = presented()
    expect(gateway.seen.at(-1)?.accepted.state).toBe('pending')
    expect(await wallets.escrow()).toBe(before)
    rpc.fault = 'none'
    const object = await workers.channel(channelId)
    const order = orderOf(credential, 20, 'call')
    expect((await object.accept(order)).state).toBe('reserved')
    expect(await wallets.escrow()).toBe(before)
    expect(await object.keep(order.requestId, '150', 1)).toMatchObject({ spent: '150' })
    expect(await wallets.escrow()).toBe(before + 1_000_000n)
  })

  it('that is not known to be mined is pending; the same credential goes on with it', async () => {
    await start()
    rpc.fault = 'break after sending'
    const before = await wallets.escrow()
    expect(await first()).toBe(503)
    expect(gateway.seen.at(-1)?.accepted.state).toBe('reserved')
    const { credential, channelId } = presented()
    rpc.fault = 'none'
    await restart()
    const order = () => orderOf(credential, 20, 'call')
    await until(async () => {
      const { state } = await (await workers.channel(channelId)).accept(order())
      return state === 'reserved'
    })
    expect(await wallets.escrow()).toBe(before + 1_000_000n)
    expect(await ledgerOf(channelId, 'deposit')).toMatchObject({ payer: -1_000_000 })
  })

  it('whose receipt is lost is found on the chain while the payer waits', async () => {
    await start()
    rpc.fault = 'silent after sending'
    const before = await wallets.escrow()
    expect(await first()).toBe(200)
    expect(await wallets.escrow()).toBe(before + 1_000_000n)
    expect(rpc.asked.filter((method) => method.startsWith('eth_sendRaw'))).toHaveLength(1)
  })

  it('is refused and not sent when the ledger does not take it', async () => {
    await start()
    await workers.database.exec('alter table ledger_entries rename to gone')
    const before = await wallets.escrow()
    expect(await first()).toBe(503)
    expect(gateway.seen.at(-1)?.accepted.state).toBe('unavailable')
    expect(rpc.asked).not.toContain('eth_sendRawTransactionSync')
    await workers.database.exec('alter table gone rename to ledger_entries')
    const { credential, channelId } = presented()
    const object = await workers.channel(channelId)
    const order = orderOf(credential, 20, 'call')
    expect((await object.accept(order)).state).toBe('reserved')
    expect(await object.keep(order.requestId, '0', 0)).toMatchObject({ spent: '0' })
    expect(await wallets.escrow()).toBe(before + 1_000_000n)
  })

  it('is not sent while the ledger is silent, by the alarm or a second request', async () => {
    const gate = createServer() // which never answers
    await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve))
    const GATE_URL = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`
    await start({ GATE_URL }, 'test/support/worker/gatedPayments.ts')
    const asksGate = new Promise<void>((resolve) => gate.once('request', () => resolve()))
    const before = await wallets.escrow()
    const opening = first()
    await asksGate
    const credential = gateway.presented.at(-1)
    if (credential === undefined) throw new Error('nothing was presented')
    const channelId = String(credential.payload.channelId)
    const again = (await workers.channel(channelId)).accept(orderOf(credential, 20, 'call'))
    expect((await again).state).toBe('pending')
    expect(await opening).toBe(503)
    expect(gateway.seen.at(-1)?.accepted.state).toBe('unavailable')
    expect(rpc.asked.filter((method) => method.startsWith('eth_sendRaw'))).toEqual([])
    expect(await wallets.escrow()).toBe(before)
    gate.closeAllConnections()
    gate.close()
  })

  it('is refused when our key could not settle the channel', async () => {
    await start({ SETTLEMENT_KEY: `0x${'12'.repeat(32)}` })
    expect(await first()).toBe(503)
    expect(gateway.seen.at(-1)?.accepted.state).toBe('unavailable')
    expect(rpc.asked).toEqual([])
  })

  it('deposits once, however many requests bring it', async () => {
    await start()
    const before = await wallets.escrow()
    const wallet = wallets.channels()
    expect((await wallet.manager.fetch(search(20, 0))).status).toBe(200)
    const { credential, channelId } = presented()
    await restart()
    const object = await workers.channel(channelId)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => object.accept(orderOf(credential, 2, 'call'))),
    )
    expect(answers.map(({ state }) => state)).toEqual(Array(10).fill('reserved'))
    expect((await object.accept(orderOf(credential, 1, 'call'))).state).toBe('refused')
    expect(await wallets.escrow()).toBe(before + 1_000_000n)
  })

  it('whose transaction does something else is refused without asking the chain', async () => {
    await start()
    await spent(1)
    const { credential } = presented()
    const wallet = wallets.channels()
    rpc.fault = 'down'
    expect((await wallet.manager.fetch(search(20, 0))).status).toBe(503)
    const other = presented()
    rpc.fault = 'none'
    rpc.asked.length = 0
    const payload = { ...other.credential.payload, transaction: credential.payload.transaction }
    const object = await workers.channel(other.channelId)
    const order = orderOf({ ...other.credential, payload: payload as never }, 20, 'call')
    const said = { state: 'refused', status: 402, type: 'verification-failed' }
    expect(await object.accept(order)).toMatchObject(said)
    expect(rpc.asked).toEqual([])
    // So is an opening that deposits less than was asked for, or whose voucher is for less than the
    // call can cost.
    const asked = orderOf(other.credential, 20, 'call', { asked: '1000001' })
    expect(await object.accept(asked)).toMatchObject(said)
    expect(await object.accept(orderOf(other.credential, 21, 'call'))).toMatchObject({
      state: 'refused',
      type: 'session/insufficient-balance',
      fields: { requiredTopUp: '150' },
    })
    expect(rpc.asked).not.toContain('eth_sendRawTransactionSync')
  })
})
