/**
 * Payments on another chain than Tempo: EIP-3009 authorizations of mppx's unmodified client,
 * settled by a facilitator.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RECIPIENT } from '../../dev/money.ts'
import { EVM } from '../support/evmMoney.ts'
import { account, argumentsOf } from '../support/node/evmChain.ts'
import { type EvmGateway, startEvmGateway } from '../support/node/evmGateway.ts'
import { decode, encode, PRICE, receiptOf, works } from '../support/node/paidGateway.ts'

let gateway: EvmGateway
beforeAll(async () => {
  gateway = await startEvmGateway()
})
afterAll(() => gateway.end())
beforeEach(() => gateway.reset())

/**
 * A credential with changes: the payer signs with `domain` and `payload` in place of the right
 * values, and `claimed` changes the payload after that. `by` is the signing account.
 */
async function signed(
  changes: { domain?: object; payload?: object; claimed?: object; by?: number },
  path = '/evm',
): Promise<string> {
  const credential = decode(await gateway.credentialFor(path))
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
      from,
      to,
      nonce,
      value: BigInt(value),
      validAfter: BigInt(validAfter),
      validBefore: BigInt(validBefore),
    },
  } as const
}

describe('a call that is paid for', () => {
  it('gets the answer and a receipt for exactly the price', async () => {
    const gained = await gateway.gain(async () => {
      const response = await gateway.chain.payer().fetch(`${gateway.workers.url}/evm`)
      expect(response.status).toBe(200)
      expect(await response.text()).toBe('sold')
      expect(receiptOf(response)).toEqual({
        method: 'evm',
        status: 'success',
        timestamp: expect.any(String),
        reference: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      })
    })
    expect(gained).toBe(PRICE)
    expect(gateway.origin.seen).toHaveLength(1)
    const [seen] = gateway.origin.seen
    expect(seen?.headers.authorization).toBeUndefined()
    const assertion = String(seen?.headers['turnpike-assertion']).split('.')[1] ?? ''
    expect(JSON.parse(Buffer.from(assertion, 'base64url').toString())).toMatchObject({
      kind: 'payment',
      sub: account(1).address.toLowerCase(),
      payment: { amount: '150', currency: EVM.currency, moved: false },
    })
  })

  it('has the facilitator settle exactly what was signed, in the form of x402', async () => {
    const credential = await gateway.credentialFor()
    expect((await gateway.pay(credential)).status).toBe(200)
    expect(gateway.facilitator.asked).toEqual(['/verify', '/settle'])
    const { type: _, signature, ...authorization } = decode(credential).payload
    const accepted = {
      scheme: 'exact',
      network: 'eip155:31337',
      amount: '150',
      asset: EVM.currency,
      payTo: RECIPIENT,
      maxTimeoutSeconds: 60,
      extra: { assetTransferMethod: 'eip3009', name: 'Test Dollar', version: '2' },
    }
    expect(gateway.facilitator.settled).toEqual([
      {
        x402Version: 2,
        paymentPayload: { x402Version: 2, accepted, payload: { signature, authorization } },
        paymentRequirements: accepted,
      },
    ])
  })

  it('can be paid before the answer: a stream begins with the receipt in its headers', async () => {
    gateway.origin.behave = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: first\n\n')
    }
    const gained = await gateway.gain(async () => {
      const response = await gateway.pay(await gateway.credentialFor('/evm/before'), '/evm/before')
      expect(receiptOf(response)).toMatchObject({ method: 'evm' })
      await response.body?.cancel()
    })
    expect(gained).toBe(PRICE)
  })
})

describe('a route with two methods', () => {
  const methodsOf = (response: Response) =>
    [...String(response.headers.get('www-authenticate')).matchAll(/method="([a-z]+)"/g)].map(
      ([, name]) => name,
    )

  it('offers both in one 402, in the route’s order, and takes the client’s choice', async () => {
    expect(methodsOf(await gateway.call('/both'))).toEqual(['evm', 'tempo'])
    const inDollars = await gateway.gain(async () => {
      const elsewhere = await gateway.services.gain(async () => {
        expect((await gateway.chain.payer().fetch(`${gateway.workers.url}/both`)).status).toBe(200)
      })
      expect(elsewhere).toBe(0n)
    })
    const onTempo = await gateway.services.gain(async () => {
      const payer = gateway.services.wallets.payer('pull')
      const elsewhere = await gateway.gain(async () => {
        expect(receiptOf(await payer.fetch(`${gateway.workers.url}/both`))).toMatchObject({
          method: 'tempo',
        })
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
    expect(methodsOf(await gateway.call('/both', { 'accept-payment': accepted }))).toEqual(methods)
  })

  it('does not take a payment of one method for the other', async () => {
    const credential = decode(await gateway.credentialFor('/both'))
    const other = { ...credential, challenge: { ...credential.challenge, method: 'tempo' } }
    expect((await gateway.pay(encode(other), '/both')).status).toBe(402)
    expect(gateway.origin.seen).toEqual([])
  })

  it('does not lend its methods to a route that lacks them', async () => {
    const credential = await gateway.credentialFor('/both')
    expect((await gateway.pay(credential, '/after')).status).toBe(400)
  })
})

describe('one credential', () => {
  it('in 100 copies at once: one call of the origin, one settlement, one answer', async () => {
    const gained = await gateway.gain(async () => {
      const credential = await gateway.credentialFor()
      const responses = await Promise.all(
        Array.from({ length: 100 }, () => gateway.pay(credential)),
      )
      const others = responses.filter((response) => response.status !== 200)
      expect(others).toHaveLength(99)
      for (const other of others) expect([402, 503]).toContain(other.status)
      for (const other of others) expect(receiptOf(other)).toBeNull()
    })
    expect(gained).toBe(PRICE)
    expect(gateway.origin.seen).toHaveLength(1)
    expect(gateway.facilitator.settled).toHaveLength(1)
  })

  it('used once: is refused with a fresh challenge', async () => {
    const credential = await gateway.credentialFor()
    const gained = await gateway.gain(async () => {
      expect((await gateway.pay(credential)).status).toBe(200)
      const again = await gateway.pay(credential)
      expect(again.status).toBe(402)
      expect(await again.json()).toMatchObject({ error: 'payment_invalid' })
    })
    expect(gained).toBe(PRICE)
    expect(gateway.origin.seen).toHaveLength(1)
  })

  const seconds = (later: number) => String(Math.floor(Date.now() / 1000) + later)
  const change = (changes: Parameters<typeof signed>[0]) => () => signed(changes)
  it.each<[what: string, make: () => Promise<string>, path?: string]>([
    ['for another route of the same price', () => gateway.credentialFor(), '/evm/before'],
    ['for a dearer route', () => gateway.credentialFor(), '/evm/dear'],
    ['for another query', () => gateway.credentialFor(), '/evm?full=1'],
    ['whose challenge asks for less', async () => withAmount(await gateway.credentialFor(), '1')],
    ['signed for less', change({ payload: { value: '149' } })],
    [
      'signed for less, but claimed for all',
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
    ['that has ended', change({ payload: { validBefore: '1' } })],
    [
      'that ends before the origin could answer',
      () => signed({ payload: { validBefore: seconds(8) } }),
    ],
    ['that outlives its challenge', () => signed({ payload: { validBefore: seconds(3_600) } })],
    ['that is not valid yet', () => signed({ payload: { validAfter: seconds(60) } })],
    ['of a payer without money', change({ by: 6 })],
    [
      'of another form',
      async () => encode({ ...decode(await gateway.credentialFor()), payload: {} }),
    ],
    ['whose fields are nonsense', change({ claimed: { value: 'x', signature: '0x12' } })],
    [
      'with a signature that the token refuses',
      async () => {
        const credential = decode(await gateway.credentialFor())
        const signature = highS(credential.payload.signature)
        return encode({ ...credential, payload: { ...credential.payload, signature } })
      },
    ],
  ])('%s is refused: the origin is not asked, nothing moves', async (_, make, path = '/evm') => {
    const credential = await make()
    const gained = await gateway.gain(async () => {
      const response = await gateway.pay(credential, path)
      expect(response.status).toBe(402)
      const problem = await response.json()
      expect(problem).toMatchObject({ error: 'payment_invalid' })
      expect(JSON.stringify(problem)).not.toContain('127.0.0.1')
    })
    expect(gained).toBe(0n)
    expect(gateway.origin.seen).toEqual([])
    expect(gateway.facilitator.settled).toEqual([])
  })

  it('of a payer without money is told what is missing', async () => {
    const response = await gateway.pay(await signed({ by: 6 }))
    expect(await response.json()).toMatchObject({
      type: 'https://paymentauth.org/problems/payment-insufficient',
    })
  })

  it('whose authorization moved nothing buys nothing, whatever else its transaction paid', async () => {
    const credential = decode(await gateway.credentialFor())
    const cheat = { ...credential.payload, to: credential.payload.from, value: '0' }
    const signature = await account(1).signTypedData(typedData(cheat))
    const [from, to, value, validAfter, validBefore, nonce, v, r, s] = argumentsOf(cheat, signature)
    const once = { from, to, value, validAfter, validBefore, nonce, v, r, s }
    await gateway.chain.send(
      'pay',
      [EVM.currency, once, RECIPIENT, PRICE],
      account(0),
      gateway.chain.cheat,
    )
    const gained = await gateway.gain(async () => {
      expect((await gateway.pay(encode(credential))).status).toBe(402)
    })
    expect(gained).toBe(0n)
    expect(gateway.origin.seen).toEqual([])
  })

  it('whose authorization was cancelled is refused', async () => {
    const credential = decode(await gateway.credentialFor())
    const { from, nonce } = credential.payload
    const { domain } = typedData(credential.payload)
    const signature = await account(1).signTypedData({
      domain,
      primaryType: 'CancelAuthorization',
      message: { authorizer: from, nonce },
      types: {
        CancelAuthorization: [
          { name: 'authorizer', type: 'address' },
          { name: 'nonce', type: 'bytes32' },
        ],
      },
    })
    const [v, r, s] = argumentsOf(credential.payload, signature).slice(-3)
    await gateway.chain.send('cancelAuthorization', [from, nonce, v, r, s])
    expect((await gateway.pay(encode(credential))).status).toBe(402)
    expect(gateway.origin.seen).toEqual([])
  })

  it('that somebody else has put on the chain has paid: the answer is owed, once', async () => {
    const credential = await gateway.credentialFor()
    const { signature, ...authorization } = decode(credential).payload
    await gateway.chain.settle({ authorization, signature })
    const gained = await gateway.gain(async () => {
      gateway.origin.behave = (_, response) => void response.writeHead(500).end()
      expect((await gateway.pay(credential)).status).toBe(500)
      gateway.origin.behave = works
      const response = await gateway.pay(credential)
      expect(response.status).toBe(200)
      expect(receiptOf(response)).toMatchObject({ method: 'evm' })
      expect((await gateway.pay(credential)).status).toBe(402)
    })
    expect(gained).toBe(0n)
    expect(gateway.facilitator.settled).toEqual([])
  })
})

/** The credential with another amount in its challenge. */
function withAmount(credential: string, amount: string): string {
  const decoded = decode(credential)
  const asked = JSON.parse(Buffer.from(decoded.challenge.request, 'base64url').toString())
  const request = Buffer.from(JSON.stringify({ ...asked, amount })).toString('base64url')
  return encode({ ...decoded, challenge: { ...decoded.challenge, request } })
}

/** The same signature with the other s: its signer is the same, and tokens like USDC refuse it. */
function highS(signature: string): string {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const s = order - BigInt(`0x${signature.slice(66, 130)}`)
  const v = signature.endsWith('1b') ? '1c' : '1b'
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${v}`
}
