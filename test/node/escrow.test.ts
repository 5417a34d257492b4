/**
 * The test double of the channel precompile, used by mppx's client and server, without our gateway
 * between them.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Mppx, Request as NodeRequest, Store, tempo } from 'mppx/server'
import { Channel } from 'ox/tempo'
import {
  BaseError,
  type Chain,
  ContractFunctionRevertedError,
  createClient,
  defineChain,
  getAddress,
  type Hex,
  http,
  padHex,
  parseEventLogs,
  toEventSelector,
  toFunctionSelector,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getTransactionReceipt, readContract } from 'viem/actions'
import { tempoLocalnet } from 'viem/chains'
import { Abis, Actions } from 'viem/tempo'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileEscrow } from '../../dev/escrow/compile.ts'
import compiled from '../../dev/escrow/escrow.json' with { type: 'json' }
import { ESCROW_ADDRESS } from '../../dev/escrow/install.ts'
import { startEscrowProxy } from '../../dev/escrow/proxy.ts'
import { CHAIN_ID, CURRENCY, PAYER_PRIVATE_KEY, RECIPIENT_PRIVATE_KEY } from '../../dev/money.ts'
import { startChain, walletsOn } from '../support/node/chain.ts'
import { startRpcProxy } from '../support/node/chainProxy.ts'
import { highS, signVoucher } from '../support/node/channelWallet.ts'

/** Another of anvil's public keys. */
const OTHER = '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6'

/** The price of each call, in the smallest unit and in dollars. */
const PRICE = 10_000n
const DOLLARS = '0.01'
const merchant = privateKeyToAccount(RECIPIENT_PRIVATE_KEY)

let chain: Awaited<ReturnType<typeof startChain>>
let wallets: ReturnType<typeof walletsOn>
let client: ReturnType<typeof clientOn>
let shop: Awaited<ReturnType<typeof startShop>>

const clientOn = (url: string) => {
  const local: Chain = defineChain({ ...tempoLocalnet, rpcUrls: { default: { http: [url] } } })
  return createClient({ chain: local, account: merchant, transport: http(url, { retryCount: 0 }) })
}

/** mppx's server, which sells calls at one price, and a stream of words at that price each. */
async function startShop(url: string, feePayer?: typeof merchant) {
  const session = tempo.session({
    account: merchant,
    currency: CURRENCY,
    chainId: CHAIN_ID,
    store: Store.memory(),
    getClient: () => clientOn(url) as never,
    sse: true,
    suggestedDeposit: '0.2',
    ...(feePayer === undefined ? {} : { feePayer }),
  })
  const mppx = Mppx.create({
    realm: 'shop.example',
    secretKey: 'a-secret-of-a-test-of-32-bytes-at-least',
    methods: [session],
  })
  async function* words() {
    for (const word of ['one', 'two', 'three', 'four', 'five']) yield word
  }
  const sell = mppx.session({ amount: DOLLARS, unitType: 'word' })
  const listen = NodeRequest.toNodeListener(async (request: Request) => {
    const paid = await sell(request)
    if (paid.status === 402) return paid.challenge
    const streams = new URL(request.url).pathname === '/words'
    return streams ? paid.withReceipt(words()) : paid.withReceipt(Response.json({ ok: true }))
  })
  const server = createServer(listen)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    end: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

beforeAll(async () => {
  chain = await startChain()
  wallets = walletsOn(chain.url)
  client = clientOn(chain.url)
  shop = await startShop(chain.url)
})

afterAll(async () => {
  shop.end()
  await chain.end()
})

/** A wallet with an open channel, after one paid call. */
async function opened(options: Parameters<typeof wallets.channels>[0] = {}) {
  const wallet = wallets.channels(options)
  const response = await wallet.manager.fetch(shop.url)
  expect(response.status).toBe(200)
  return wallet
}

/** The name of the error with which the test double refuses something. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  )
  const found = error instanceof BaseError && error.walk((one) => 'data' in (one as object))
  return found instanceof ContractFunctionRevertedError
    ? (found.data?.errorName ?? String(error))
    : String(error)
}

const closedIn = async (hash: Hex) => {
  const { logs } = await getTransactionReceipt(client, { hash })
  const [event] = parseEventLogs({
    abi: Abis.tip20ChannelReserve,
    eventName: 'ChannelClosed',
    logs,
  })
  return event?.args
}

describe('a channel from its opening to its close', () => {
  it('pays the merchant what was spent and the payer the rest, to the unit', async () => {
    const before = { merchant: await wallets.merchant(), escrow: await wallets.escrow() }
    const wallet = wallets.channels()
    for (let calls = 1n; calls <= 5n; calls++) {
      const { status, receipt } = await wallet.manager.fetch(shop.url)
      expect(status).toBe(200)
      expect(receipt?.spent).toBe(String(PRICE * calls))
    }
    expect(await wallet.state()).toEqual({ settled: 0n, deposit: 200_000n, closeRequestedAt: 0 })
    expect(await wallets.escrow()).toBe(before.escrow + 200_000n)

    const toppedUp = await wallet.manager.topUp(100_000n)
    expect(toppedUp?.channelId).toBe(wallet.channelId())
    expect((await wallet.state()).deposit).toBe(300_000n)

    const receipt = await wallet.manager.close()
    expect(await closedIn(receipt?.txHash as Hex)).toMatchObject({
      channelId: wallet.channelId(),
      settledToPayee: PRICE * 5n,
      refundedToPayer: 300_000n - PRICE * 5n,
    })
    expect(await wallet.state()).toEqual({ settled: 0n, deposit: 0n, closeRequestedAt: 0 })
    expect(await wallets.escrow()).toBe(before.escrow)
    expect((await wallets.merchant()) - before.merchant).toBe(PRICE * 5n)
  })

  it('works when somebody else pays the fee of its opening', async () => {
    const sponsor = privateKeyToAccount(OTHER)
    const sponsored = await startShop(chain.url, sponsor)
    const wallet = wallets.channels()
    try {
      const { receipt } = await wallet.manager.fetch(sponsored.url)
      const hash = receipt?.txHash as Hex
      const { logs } = await getTransactionReceipt(client, { hash })
      const moved = parseEventLogs({ abi: Abis.tip20, eventName: 'Transfer', logs })
      expect(moved.map(({ args }) => args.from)).toEqual([wallet.address, sponsor.address])
      expect((await wallet.state()).deposit).toBe(200_000n)
    } finally {
      sponsored.end()
    }
  })

  it('sells a stream word by word', async () => {
    const wallet = wallets.channels()
    const words: string[] = []
    for await (const word of await wallet.manager.sse(`${shop.url}/words`)) words.push(word)
    expect(words).toEqual(['one', 'two', 'three', 'four', 'five'])
    const receipt = await wallet.manager.close()
    expect(await closedIn(receipt?.txHash as Hex)).toMatchObject({ settledToPayee: PRICE * 5n })
  })
})

describe('a payer that closes by force', () => {
  it('withdraws what was not settled after the grace period, and not before', async () => {
    const wallet = await opened()
    await wallet.requestClose()
    const { closeRequestedAt } = await wallet.state()
    expect(closeRequestedAt).toBeGreaterThan(0)
    expect(await refusal(wallet.withdraw())).toBe('CloseNotReady')

    const signature = signVoucher(wallet.channelId(), PRICE)
    const channel = wallet.channel()
    await Actions.channel.settleSync(client, { channel, cumulativeAmount: PRICE, signature })
    await wallet.passGrace()
    expect(await wallet.state()).toMatchObject({
      settled: PRICE,
      closeRequestedAt: closeRequestedAt - 900,
    })
    const withdrawn = await wallet.withdraw()
    expect(withdrawn).toMatchObject({
      settledToPayee: PRICE,
      refundedToPayer: 200_000n - PRICE,
    })
    expect(await wallet.state()).toEqual({ settled: 0n, deposit: 0n, closeRequestedAt: 0 })
  })

  it('is closed by the merchant in time, for what was signed', async () => {
    const wallet = await opened()
    await wallet.requestClose()
    const closed = await Actions.channel.closeSync(client, {
      channel: wallet.channel(),
      cumulativeAmount: 50_000n,
      captureAmount: PRICE,
      signature: signVoucher(wallet.channelId(), 50_000n),
    })
    expect(closed).toMatchObject({ settledToPayee: PRICE, refundedToPayer: 200_000n - PRICE })
    await wallet.passGrace().catch(() => undefined)
    expect(await refusal(wallet.withdraw())).toBe('ChannelNotFound')
  })

  it('cancels the close with a top-up', async () => {
    const wallet = await opened()
    await wallet.requestClose()
    await wallet.topUp(1n)
    expect(await wallet.state()).toMatchObject({ deposit: 200_001n, closeRequestedAt: 0 })
  })
})

describe('a settlement', () => {
  it('moves the difference to the last settlement, and no more', async () => {
    const wallet = await opened()
    const channel = wallet.channel()
    const before = await wallets.merchant()
    for (const cumulativeAmount of [PRICE, PRICE * 3n]) {
      const signature = signVoucher(wallet.channelId(), cumulativeAmount)
      const settlement = { channel, cumulativeAmount, signature }
      expect(await Actions.channel.settleSync(client, settlement)).toMatchObject({
        newSettled: cumulativeAmount,
      })
      expect(await refusal(Actions.channel.settleSync(client, settlement))).toBe(
        'AmountNotIncreasing',
      )
    }
    expect((await wallets.merchant()) - before).toBe(PRICE * 3n)
    expect(await wallet.state()).toMatchObject({ settled: PRICE * 3n, deposit: 200_000n })
  })

  it('is refused for anything but a voucher of the payer for this channel', async () => {
    const wallet = await opened()
    const other = await opened({ privateKey: OTHER })
    const channel = wallet.channel()
    const id = wallet.channelId()
    const settle = (cumulativeAmount: bigint, signature: Hex, by = client) =>
      refusal(Actions.channel.settleSync(by, { channel, cumulativeAmount, signature }))

    expect(await settle(PRICE, signVoucher(id, PRICE, OTHER))).toBe('InvalidSignature')
    expect(await settle(PRICE, signVoucher(other.channelId(), PRICE))).toBe('InvalidSignature')
    expect(await settle(PRICE, signVoucher(id, PRICE - 1n))).toBe('InvalidSignature')
    expect(await settle(PRICE, highS(signVoucher(id, PRICE)))).toBe('InvalidSignature')
    expect(await settle(PRICE, '0x1234')).toBe('InvalidSignature')
    expect(await settle(200_001n, signVoucher(id, 200_001n))).toBe('AmountExceedsDeposit')
    expect(await settle(PRICE, signVoucher(id, PRICE), wallet.client)).toBe('NotPayeeOrOperator')

    const close = (cumulativeAmount: bigint, captureAmount: bigint, signature: Hex) =>
      refusal(
        Actions.channel.closeSync(client, { channel, cumulativeAmount, captureAmount, signature }),
      )
    expect(await close(PRICE, PRICE + 1n, signVoucher(id, PRICE))).toBe('CaptureAmountInvalid')
    expect(await close(PRICE, PRICE, highS(signVoucher(id, PRICE)))).toBe('InvalidSignature')
    expect(await refusal(Actions.channel.requestCloseSync(client, { channel }))).toBe('NotPayer')
    expect(await wallet.state()).toEqual({ settled: 0n, deposit: 200_000n, closeRequestedAt: 0 })
  })
})

describe('the contract of the test double', () => {
  const fresh = compileEscrow()

  it('is the compiled form of its source', () => {
    expect(compiled.runtimeBytecode).toBe(fresh.runtimeBytecode)
  })

  it('has every function, event and error of the protocol, and no other', () => {
    const namesOf = (abi: readonly unknown[]) =>
      (abi as (typeof Abis.tip20ChannelReserve)[number][])
        .map((one) => {
          if (one.type === 'function') return `${one.name} ${toFunctionSelector(one)}`
          if (one.type === 'event') return `${one.name} ${toEventSelector(one)}`
          return one.name
        })
        .sort()
    expect(namesOf(fresh.abi)).toEqual(namesOf(Abis.tip20ChannelReserve))
  })

  it('reads channels and vouchers as the protocol does', async () => {
    const wallet = await opened()
    const channel = wallet.channel()
    const read = { address: ESCROW_ADDRESS, abi: Abis.tip20ChannelReserve } as const
    expect(
      await readContract(client, { ...read, functionName: 'getChannel', args: [channel] }),
    ).toEqual({
      descriptor: { ...channel, token: getAddress(channel.token) },
      state: await wallet.state(),
    })
    const ids = [wallet.channelId(), padHex('0x1', { size: 32 })]
    expect(await Actions.channel.getStates(client, { channel: ids })).toEqual([
      await wallet.state(),
      { settled: 0n, deposit: 0n, closeRequestedAt: 0 },
    ])
    const digest = { functionName: 'getVoucherDigest', args: [wallet.channelId(), 7n] } as const
    expect(await readContract(client, { ...read, ...digest })).toBe(
      Channel.getVoucherSignPayload({
        chainId: CHAIN_ID,
        channelId: wallet.channelId(),
        cumulativeAmount: 7n,
      }),
    )
    const grace = { functionName: 'CLOSE_GRACE_PERIOD' } as const
    expect(await readContract(client, { ...read, ...grace })).toBe(Channel.closeGracePeriod)
  })
})

describe('the line to the chain', () => {
  it('keeps simultaneous openings apart', async () => {
    const others = [PAYER_PRIVATE_KEY, OTHER, RECIPIENT_PRIVATE_KEY].flatMap((one) => [one, one])
    const all = await Promise.all(others.map((privateKey) => opened({ privateKey })))
    expect(new Set(all.map((wallet) => wallet.channelId())).size).toBe(all.length)
    for (const wallet of all) expect((await wallet.state()).deposit).toBe(200_000n)
  })

  it('sends the chain no request of its own, except for an opening', async () => {
    const chainItself = await startRpcProxy(chain.url)
    const rpc = await startEscrowProxy(chainItself.url)
    try {
      chainItself.asked.length = 0
      const signed = { method: 'eth_sendRawTransaction', params: ['0x76c0'] }
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, ...signed })
      await fetch(rpc.url, { method: 'POST', body })
      expect(chainItself.asked).toEqual(['eth_sendRawTransaction'])

      const terms = { payee: merchant.address, token: CURRENCY, deposit: 1n } as const
      const payer = privateKeyToAccount(OTHER)
      const opened = await Actions.channel.openSync(clientOn(rpc.url), {
        ...terms,
        account: payer,
      })
      const own = chainItself.asked.filter((method) => method.startsWith('anvil_'))
      expect(own).toEqual(['anvil_setStorageAt'])
      expect(chainItself.asked.at(-2)).toBe('anvil_setStorageAt')
      expect(chainItself.asked.at(-1)).toMatch(/^eth_sendRawTransaction/)
      expect(opened.receipt.type).toBe('eip1559')

      chainItself.fault = 'garbage'
      expect(await (await fetch(rpc.url, { method: 'POST', body })).text()).toBe(
        '<html>hello</html>',
      )
      chainItself.fault = 'down'
      await expect(fetch(rpc.url, { method: 'POST', body })).rejects.toThrow('fetch failed')
    } finally {
      rpc.end()
      chainItself.end()
    }
  })

  it('passes batches and malformed JSON unchanged', async () => {
    const ask = (body: string) =>
      fetch(chain.url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    const one = { jsonrpc: '2.0', id: 7, method: 'eth_chainId', params: [] }
    const raw = { ...one, id: 8, method: 'eth_sendRawTransaction', params: ['0x76'] }
    const batch = (await (await ask(JSON.stringify([one, raw]))).json()) as unknown[]
    expect(batch[0]).toEqual({ jsonrpc: '2.0', id: 7, result: '0x539' })
    expect(batch[1]).toMatchObject({ id: 8, error: expect.anything() })
    expect(await (await ask('nonsense')).json()).toMatchObject({ error: expect.anything() })
  })

  it('installs the test double again when the chain comes back empty', async () => {
    const own = await startChain()
    const ownShop = await startShop(own.url)
    try {
      await own.stop()
      await expect(fetch(own.url)).rejects.toThrow('fetch failed')
      await own.start()
      const wallet = walletsOn(own.url).channels()
      expect((await wallet.manager.fetch(ownShop.url)).status).toBe(200)
    } finally {
      ownShop.end()
      await own.end()
    }
  })

  it('fails while the chain is down, and goes on with all channels when it is back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'turnpike-chain-'))
    const own = await startChain(join(folder, 'chain.json'))
    const ownShop = await startShop(own.url)
    const wallet = walletsOn(own.url).channels()
    try {
      expect((await wallet.manager.fetch(ownShop.url)).status).toBe(200)
      await own.stop()
      const question = { method: 'POST', body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}' }
      await expect(fetch(own.url, question)).rejects.toThrow('fetch failed')
      await own.start()
      expect((await wallet.state()).deposit).toBe(200_000n)
      expect((await wallet.manager.fetch(ownShop.url)).receipt?.spent).toBe(String(PRICE * 2n))
      expect((await walletsOn(own.url).channels().manager.fetch(ownShop.url)).status).toBe(200)
    } finally {
      ownShop.end()
      await own.end()
      rmSync(folder, { recursive: true })
    }
  })
})
