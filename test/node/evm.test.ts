/** Paid on another chain than Tempo: EIP-3009 authorizations of the unmodified client, settled by a facilitator. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RECIPIENT } from '../../dev/money.ts'
import { startLine } from '../support/chain.ts'
import { account, argumentsOf, startEvmChain } from '../support/evmChain.ts'
import { EVM } from '../support/evmMoney.ts'
import { startFacilitator } from '../support/facilitator.ts'
import {
  type Behaviour,
  decode,
  encode,
  type Market,
  PATIENCE,
  PRICE,
  receiptOf,
  sells,
  startMarket,
  untilNotPending,
} from '../support/market.ts'
import { startStack } from '../support/stack.ts'

const folder = mkdtempSync(join(tmpdir(), 'turnpike-evm-'))
let market: Market
let chain: Awaited<ReturnType<typeof startEvmChain>>
let line: Awaited<ReturnType<typeof startLine>>
let facilitator: Awaited<ReturnType<typeof startFacilitator>>
let stack: Awaited<ReturnType<typeof startStack>>

beforeAll(async () => {
  market = await startMarket()
  chain = await startEvmChain()
  line = await startLine(chain.url)
  facilitator = await startFacilitator(chain.settle)
  stack = await startStack(market.originUrl, market.line.url, 'test/support/saleGateway.ts', {
    payments: { EVM_RPC_URL: line.url, FACILITATOR_URL: facilitator.url },
    folder,
  })
})

afterAll(async () => {
  await stack.end()
  facilitator.end()
  line.end()
  await chain.end()
  await market.end()
  rmSync(folder, { recursive: true })
})

beforeEach(() => {
  market.reset()
  line.fault = 'none'
  line.asked.length = 0
  facilitator.fault = 'none'
  facilitator.asked.length = 0
  facilitator.settled.length = 0
})

const call = (path: string, headers: Record<string, string> = {}) =>
  fetch(stack.url + path, { headers })
const pay = (authorization: string, path = '/evm') => call(path, { authorization })

async function credentialFor(path = '/evm', payer = chain.payer()): Promise<string> {
  const challenge = await call(path)
  expect(challenge.status).toBe(402)
  return payer.createCredential(challenge)
}

/** A credential of which the payer has signed something else. `domain` and `payload` replace what is right. */
async function signed(
  changes: { domain?: object; payload?: object; claimed?: object; by?: number },
  path = '/evm',
): Promise<string> {
  const credential = decode(await credentialFor(path))
  const payer = account(changes.by ?? 1)
  const said = { ...credential.payload, from: payer.address, ...changes.payload }
  const signature = await payer.signTypedData(typedData(said, changes.domain))
  const source = `did:pkh:eip155:${EVM.chainId}:${payer.address}`
  return encode({ ...credential, source, payload: { ...said, signature, ...changes.claimed } })
}

type Said = Record<'from' | 'to' | 'nonce', `0x${string}`> &
  Record<'value' | 'validAfter' | 'validBefore', string>

function typedData({ from, to, nonce, value, validAfter, validBefore }: Said, domain: object = {}) {
  const { name, version, chainId, currency } = EVM
  const [address, uint256, bytes32] = ['address', 'uint256', 'bytes32'] as const
  return {
    domain: { name, version, chainId, verifyingContract: currency, ...domain },
    primaryType: 'TransferWithAuthorization',
    types: {
      TransferWithAuthorization: [
        { name: 'from', type: address },
        { name: 'to', type: address },
        { name: 'value', type: uint256 },
        { name: 'validAfter', type: uint256 },
        { name: 'validBefore', type: uint256 },
        { name: 'nonce', type: bytes32 },
      ],
    },
    message: {
      ...{ from, to, nonce, value: BigInt(value) },
      ...{ validAfter: BigInt(validAfter), validBefore: BigInt(validBefore) },
    },
  } as const
}

const isUsed = (credential: string) => {
  const { from, nonce } = decode(credential).payload
  return chain.isUsed(from, nonce)
}

/** What the merchant gains on this chain while something is done. */
async function gain(work: () => Promise<void>): Promise<bigint> {
  const before = await chain.merchant()
  await work()
  return (await chain.merchant()) - before
}

describe('a call that is paid for', () => {
  it('answers, with a receipt, for just the price', async () => {
    const gained = await gain(async () => {
      const response = await chain.payer().fetch(`${stack.url}/evm`)
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ id: '1' })
      expect(receiptOf(response)).toEqual({
        method: 'evm',
        status: 'success',
        timestamp: expect.any(String),
        reference: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      })
    })
    expect(gained).toBe(PRICE)
    expect(market.origin.seen).toHaveLength(1)
    const [seen] = market.origin.seen
    expect(seen?.headers.authorization).toBeUndefined()
    const assertion = String(seen?.headers['turnpike-assertion']).split('.')[1] ?? ''
    expect(JSON.parse(Buffer.from(assertion, 'base64url').toString())).toMatchObject({
      kind: 'payment',
      sub: account(1).address.toLowerCase(),
      payment: { amount: '150', currency: EVM.currency, moved: false },
    })
  })

  it('has the facilitator settle just what was signed, as x402 says it', async () => {
    const credential = await credentialFor()
    expect((await pay(credential)).status).toBe(200)
    expect(facilitator.asked).toEqual(['/verify', '/settle'])
    const { type: _, signature, ...authorization } = decode(credential).payload
    const accepted = {
      ...{ scheme: 'exact', network: 'eip155:31337', amount: '150', asset: EVM.currency },
      ...{ payTo: RECIPIENT, maxTimeoutSeconds: 60 },
      extra: { assetTransferMethod: 'eip3009', name: 'Test Dollar', version: '2' },
    }
    expect(facilitator.settled).toEqual([
      {
        x402Version: 2,
        paymentPayload: { x402Version: 2, accepted, payload: { signature, authorization } },
        paymentRequirements: accepted,
      },
    ])
  })

  it('can be paid before the answer: a stream comes with the receipt in front', async () => {
    market.origin.behave = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: first\n\n')
    }
    const gained = await gain(async () => {
      const response = await pay(await credentialFor('/evm/before'), '/evm/before')
      expect(receiptOf(response)).toMatchObject({ method: 'evm' })
      await response.body?.cancel()
    })
    expect(gained).toBe(PRICE)
  })
})

describe('a row that can be paid in two ways', () => {
  const methodsOf = (response: Response) =>
    [...String(response.headers.get('www-authenticate')).matchAll(/method="([a-z]+)"/g)].map(
      ([, name]) => name,
    )

  it('offers both in one 402, in the order of the row, and takes what the client chooses', async () => {
    expect(methodsOf(await call('/both'))).toEqual(['evm', 'tempo'])
    const inDollars = await gain(async () => {
      const elsewhere = await market.gain(async () => {
        expect((await chain.payer().fetch(`${stack.url}/both`)).status).toBe(200)
      })
      expect(elsewhere).toBe(0n)
    })
    const onTempo = await market.gain(async () => {
      const payer = market.wallets.payer('pull')
      const elsewhere = await gain(async () => {
        expect(receiptOf(await payer.fetch(`${stack.url}/both`))).toMatchObject({ method: 'tempo' })
      })
      expect(elsewhere).toBe(0n)
    })
    expect([inDollars, onTempo]).toEqual([PRICE, PRICE])
  })

  it.each([
    ['tempo/charge', ['tempo']],
    ['evm/charge;q=0.1, tempo/charge', ['tempo', 'evm']],
    ['*/*', ['evm', 'tempo']],
    ['stripe/charge', ['evm', 'tempo']],
  ])('honours Accept-Payment: %s', async (accepted, methods) => {
    expect(methodsOf(await call('/both', { 'accept-payment': accepted }))).toEqual(methods)
  })

  it('does not take the one payment for the other', async () => {
    const credential = decode(await credentialFor('/both'))
    const other = { ...credential, challenge: { ...credential.challenge, method: 'tempo' } }
    expect((await pay(encode(other), '/both')).status).toBe(402)
    expect(market.origin.seen).toEqual([])
  })

  it('does not take a payment by a method that the row does not have', async () => {
    const credential = await credentialFor('/both')
    expect((await pay(credential, '/after')).status).toBe(400)
  })
})

describe('one credential', () => {
  it('in 100 copies at once is one call of the origin, one settlement, one answer', async () => {
    const gained = await gain(async () => {
      const credential = await credentialFor()
      const responses = await Promise.all(Array.from({ length: 100 }, () => pay(credential)))
      const others = responses.filter((response) => response.status !== 200)
      expect(others).toHaveLength(99)
      for (const other of others) expect([402, 503]).toContain(other.status)
      for (const other of others) expect(receiptOf(other)).toBeNull()
    })
    expect(gained).toBe(PRICE)
    expect(market.origin.seen).toHaveLength(1)
    expect(facilitator.settled).toHaveLength(1)
  })

  it('used once, is refused with a fresh challenge', async () => {
    const credential = await credentialFor()
    const gained = await gain(async () => {
      expect((await pay(credential)).status).toBe(200)
      const again = await pay(credential)
      expect(again.status).toBe(402)
      expect(await again.json()).toMatchObject({ error: 'payment_invalid' })
    })
    expect(gained).toBe(PRICE)
    expect(market.origin.seen).toHaveLength(1)
  })

  const seconds = (later: number) => String(Math.floor(Date.now() / 1000) + later)
  const change = (changes: Parameters<typeof signed>[0]) => () => signed(changes)
  it.each<[what: string, make: () => Promise<string>, path?: string]>([
    ['for another row of the same price', credentialFor, '/evm/before'],
    ['for a dearer row', credentialFor, '/evm/dear'],
    ['for another query', credentialFor, '/evm?full=1'],
    ['whose challenge asks for less', async () => withAmount(await credentialFor(), '1')],
    ['signed for less', change({ payload: { value: '149' } })],
    [
      'signed for less, and said to be for all',
      change({
        payload: { value: '149' },
        claimed: { value: '150' },
      }),
    ],
    ['signed for somebody else', change({ payload: { to: account(7).address } })],
    ['signed by somebody else', change({ by: 2, claimed: { from: account(1).address } })],
    ['for another challenge', change({ payload: { nonce: `0x${'1'.repeat(64)}` } })],
    ['for another chain', change({ domain: { chainId: 1 } })],
    ['for another token', change({ domain: { verifyingContract: account(8).address } })],
    ['for a token of another name', change({ domain: { name: 'USD Coin' } })],
    ['that is over', change({ payload: { validBefore: '1' } })],
    [
      'that ends before the origin could answer',
      () => signed({ payload: { validBefore: seconds(8) } }),
    ],
    ['that outlives its challenge', () => signed({ payload: { validBefore: seconds(3_600) } })],
    ['that is not valid yet', () => signed({ payload: { validAfter: seconds(60) } })],
    ['of a payer without money', change({ by: 6 })],
    ['of another form', async () => encode({ ...decode(await credentialFor()), payload: {} })],
    ['whose parts are nonsense', change({ claimed: { value: 'x', signature: '0x12' } })],
    [
      'with a signature that the token does not take',
      async () => {
        const credential = decode(await credentialFor())
        const signature = highS(credential.payload.signature)
        return encode({ ...credential, payload: { ...credential.payload, signature } })
      },
    ],
  ])('%s is refused: the origin is not asked, nothing moves', async (_, make, path = '/evm') => {
    const credential = await make()
    const gained = await gain(async () => {
      const response = await pay(credential, path)
      expect(response.status).toBe(402)
      const problem = await response.json()
      expect(problem).toMatchObject({ error: 'payment_invalid' })
      expect(JSON.stringify(problem)).not.toContain('127.0.0.1')
    })
    expect(gained).toBe(0n)
    expect(market.origin.seen).toEqual([])
    expect(facilitator.settled).toEqual([])
  })

  it('says what is missing to a payer without money', async () => {
    const response = await pay(await signed({ by: 6 }))
    expect(await response.json()).toMatchObject({
      type: 'https://paymentauth.org/problems/payment-insufficient',
    })
  })

  it('whose authorization moved nothing is worth nothing, whatever else its transaction paid', async () => {
    const credential = decode(await credentialFor())
    const cheat = { ...credential.payload, to: credential.payload.from, value: '0' }
    const signature = await account(1).signTypedData(typedData(cheat))
    const [from, to, value, validAfter, validBefore, nonce, v, r, s] = argumentsOf(cheat, signature)
    const once = { from, to, value, validAfter, validBefore, nonce, v, r, s }
    await chain.send('pay', [EVM.currency, once, RECIPIENT, PRICE], account(0), chain.cheat)
    const gained = await gain(async () => {
      expect((await pay(encode(credential))).status).toBe(402)
    })
    expect(gained).toBe(0n)
    expect(market.origin.seen).toEqual([])
  })

  it('whose authorization was cancelled is refused', async () => {
    const credential = decode(await credentialFor())
    const { from, nonce } = credential.payload
    const { domain } = typedData(credential.payload)
    const signature = await account(1).signTypedData({
      ...{ domain, primaryType: 'CancelAuthorization', message: { authorizer: from, nonce } },
      types: {
        CancelAuthorization: [
          { name: 'authorizer', type: 'address' },
          { name: 'nonce', type: 'bytes32' },
        ],
      },
    })
    const [v, r, s] = argumentsOf(credential.payload, signature).slice(-3)
    await chain.send('cancelAuthorization', [from, nonce, v, r, s])
    expect((await pay(encode(credential))).status).toBe(402)
    expect(market.origin.seen).toEqual([])
  })

  it('that somebody else has brought to the chain has paid: the answer is owed, once', async () => {
    const credential = await credentialFor()
    const { signature, ...authorization } = decode(credential).payload
    await chain.settle({ authorization, signature })
    const gained = await gain(async () => {
      market.origin.behave = (response) => void response.writeHead(500).end()
      expect((await pay(credential)).status).toBe(500)
      market.origin.behave = sells
      const response = await pay(credential)
      expect(response.status).toBe(200)
      expect(receiptOf(response)).toMatchObject({ method: 'evm' })
      expect((await pay(credential)).status).toBe(402)
    })
    expect(gained).toBe(0n)
    expect(facilitator.settled).toEqual([])
  })
})

describe('an origin that fails', () => {
  it.each<[what: string, behave: Behaviour]>([
    ['answers 500', (response) => void response.writeHead(500).end()],
    ['breaks off', (response) => void response.destroy()],
    ['does not answer in time', () => undefined],
    ['does not end in time', (response) => void response.writeHead(200).write('begun')],
  ])('and %s: nothing is settled, and the same credential can be used', async (_, behave) => {
    const credential = await credentialFor()
    const gained = await gain(async () => {
      market.origin.behave = behave
      const failed = await pay(credential)
      expect(failed.status).toBeGreaterThanOrEqual(500)
      expect(receiptOf(failed)).toBeNull()
    })
    expect(gained).toBe(0n)
    expect(await isUsed(credential)).toBe(false)
    expect(facilitator.settled).toEqual([])
    market.origin.behave = sells
    expect(await gain(async () => void expect((await pay(credential)).status).toBe(200))).toBe(
      PRICE,
    )
  })
})

describe('before the origin is asked', () => {
  it.each([
    [
      'the facilitator is down',
      () => {
        facilitator.fault = 'down'
      },
    ],
    [
      'the facilitator talks nonsense',
      () => {
        facilitator.fault = 'garbage'
      },
    ],
    [
      'the chain is down',
      () => {
        line.fault = 'down'
      },
    ],
    [
      'the chain talks nonsense',
      () => {
        line.fault = 'garbage'
      },
    ],
  ])('%s: there is no sale, and nothing is lost', async (_, breakIt) => {
    const credential = await credentialFor()
    breakIt()
    // More often than one challenge may be answered: it is not the payer's doing.
    for (let tries = 0; tries < 12; tries++) {
      const response = await pay(credential)
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
    }
    expect(market.origin.seen).toEqual([])
    expect(await isUsed(credential)).toBe(false)
    facilitator.fault = 'none'
    line.fault = 'none'
    expect(await gain(async () => void expect((await pay(credential)).status).toBe(200))).toBe(
      PRICE,
    )
  })

  it('the facilitator would not settle: that is a refusal', async () => {
    facilitator.fault = 'refuse'
    expect((await pay(await credentialFor())).status).toBe(402)
    expect(market.origin.seen).toEqual([])
  })
})

describe('when it is settled', () => {
  /** Pays, with a fault from the origin's answer on. */
  async function payWith(credential: string, fault: () => void): Promise<Response> {
    market.origin.behave = (response) => {
      fault()
      sells(response)
    }
    return pay(credential)
  }

  it.each(['break after sending', 'silent after sending', 'deny after sending'] as const)(
    'and the facilitator is to %s, the chain says that it was paid',
    async (fault) => {
      const credential = await credentialFor()
      const gained = await gain(async () => {
        const response = await payWith(credential, () => {
          facilitator.fault = fault
        })
        expect(response.status).toBe(200)
        expect(receiptOf(response)).toMatchObject({ method: 'evm' })
        expect((await pay(credential)).status).toBe(402)
      })
      expect(gained).toBe(PRICE)
      expect(facilitator.settled).toHaveLength(1)
    },
  )

  it.each([
    ['the facilitator is down', 'down'],
    ['the facilitator talks nonsense', 'garbage'],
    ['the facilitator only says that it has settled', 'lie'],
  ] as const)('and %s, it is pending, and the same credential goes on', async (_, fault) => {
    const credential = await credentialFor()
    const gained = await gain(async () => {
      const response = await payWith(credential, () => {
        facilitator.fault = fault
      })
      expect(response.status).toBe(503)
      expect(await response.json()).toMatchObject({ error: 'payment_pending' })
      expect(receiptOf(response)).toBeNull()
      facilitator.fault = 'none'
      market.origin.behave = sells
      const again = await untilNotPending(() => pay(credential))
      expect(again.status).toBe(200)
      expect((await pay(credential)).status).toBe(402)
    })
    expect(gained).toBe(PRICE)
  })

  it('and the chain falls silent, it is pending, and the same credential goes on', async () => {
    const credential = await credentialFor()
    const gained = await gain(async () => {
      const response = await payWith(credential, () => {
        line.fault = 'down'
      })
      expect(response.status).toBe(503)
      line.fault = 'none'
      market.origin.behave = sells
      expect((await untilNotPending(() => pay(credential))).status).toBe(200)
      expect((await pay(credential)).status).toBe(402)
    })
    expect(gained).toBe(PRICE)
    expect(facilitator.settled).toHaveLength(1)
  })
})

describe('both Workers ending', () => {
  it('while the origin works: nothing was settled, nothing is lost', async () => {
    const credential = await credentialFor()
    const gained = await gain(async () => {
      const asked = new Promise<void>((resolve) => {
        market.origin.behave = () => resolve()
      })
      const cut = pay(credential).catch(() => 'cut')
      await asked
      await stack.restart()
      expect(await cut).toBe('cut')
      expect(await isUsed(credential)).toBe(false)
      market.origin.behave = sells
      expect((await untilNotPending(() => pay(credential))).status).toBe(200)
    })
    expect(gained).toBe(PRICE)
  })

  it('while it is settled: the answer is owed, and given once', async () => {
    const credential = await credentialFor()
    const gained = await gain(async () => {
      facilitator.fault = 'silent after sending'
      const sent = new Promise<void>((resolve) => {
        facilitator.onSettle = resolve
      })
      const cut = pay(credential).catch(() => 'cut')
      await sent
      await stack.restart()
      expect(await cut).toBe('cut')
      expect((await untilNotPending(() => pay(credential))).status).toBe(200)
      expect((await pay(credential)).status).toBe(402)
    })
    expect(gained).toBe(PRICE)
  })
})

describe('the ledger', () => {
  it('has what came in by authorizations, each with its transaction', async () => {
    const query = `select "transaction" as hash, amount, currency from ledger_entries
      where kind = 'settlement' and account = 'revenue' and mode = 'authorization'`
    const { results } = await stack.database
      .prepare(query)
      .all<{ hash: string; amount: number; currency: string }>()
    expect(results.length).toBeGreaterThan(5)
    for (const { hash, amount, currency } of results) {
      expect(hash).toMatch(/^0x[0-9a-f]{64}$/)
      expect([amount, currency]).toEqual([Number(PRICE), EVM.currency])
    }
    expect(new Set(results.map(({ hash }) => hash)).size).toBe(results.length)
  })

  it('sums to zero after all of this, and nothing is left held', async () => {
    const query = 'select account, sum(amount) as total from ledger_entries group by account'
    await expect
      .poll(async () => {
        const { results } = await stack.database
          .prepare(query)
          .all<{ account: string; total: number }>()
        const sum = results.reduce((all, { total }) => all + total, 0)
        return { sum, held: results.find(({ account }) => account === 'held')?.total }
      }, PATIENCE)
      .toEqual({ sum: 0, held: 0 })
  })
})

// The last one: it takes the chain's clock into the future.
it('an authorization that was not used in its time is let go: nothing was charged', async () => {
  const credential = await credentialFor()
  const gained = await gain(async () => {
    market.origin.behave = (response) => {
      facilitator.fault = 'down'
      sells(response)
    }
    expect((await pay(credential)).status).toBe(503)
    await chain.client.increaseTime({ seconds: 400 })
    await chain.client.mine({ blocks: 1 })
    expect((await untilNotPending(() => pay(credential))).status).toBe(402)
  })
  expect(gained).toBe(0n)
})

/** The credential with another amount in its challenge. */
function withAmount(credential: string, amount: string): string {
  const decoded = decode(credential)
  const asked = JSON.parse(Buffer.from(decoded.challenge.request, 'base64url').toString())
  const request = Buffer.from(JSON.stringify({ ...asked, amount })).toString('base64url')
  return encode({ ...decoded, challenge: { ...decoded.challenge, request } })
}

/** The same signature with the other s: it recovers to the same address, and tokens like USDC refuse it. */
function highS(signature: string): string {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const s = order - BigInt(`0x${signature.slice(66, 130)}`)
  const v = signature.endsWith('1b') ? '1c' : '1b'
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${v}`
}
