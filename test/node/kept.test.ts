/** A payer loses nothing by a late chain, a silent ledger, a lost answer, or a new key. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Mppx, tempo } from 'mppx/client'
import { Secp256k1 } from 'ox'
import { KeyAuthorization, SignatureEnvelope, TxEnvelopeTempo } from 'ox/tempo'
import { createClient, defineChain, type Hex, http } from 'viem'
import { generatePrivateKey } from 'viem/accounts'
import { tempoLocalnet } from 'viem/chains'
import { Account, KeyAuthorizationManager } from 'viem/tempo'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CHAIN_ID, PAYER_PRIVATE_KEY } from '../../dev/money.ts'
import {
  decode,
  encode,
  PATIENCE,
  type PaymentServices,
  PRICE,
  startPaymentServices,
} from '../support/node/paidGateway.ts'
import { startWorkers } from '../support/node/workers.ts'

let services: PaymentServices
beforeAll(async () => {
  services = await startPaymentServices()
})
afterAll(() => services.end())
beforeEach(() => services.reset())

type Stack = Awaited<ReturnType<typeof startWorkers>>

const get = (workers: Stack, path: string, authorization?: string) =>
  fetch(workers.url + path, authorization === undefined ? {} : { headers: { authorization } })

/** When a credential's challenge expires. */
const expiryOf = (credential: string) => Date.parse(decode(credential).challenge.expires)
const until = (time: number) => new Promise((resolve) => setTimeout(resolve, time - Date.now()))

describe('a challenge that expires', () => {
  let workers: Stack
  beforeAll(async () => {
    workers = await startWorkers(
      services.originUrl,
      services.rpc.url,
      'test/support/worker/shortChallengeGateway.ts',
    )
  })
  afterAll(() => workers.end())

  const credentialFor = async (mode: 'pull' | 'push') =>
    services.wallets.payer(mode).createCredential(await get(workers, '/brief'))
  const pay = (credential: string) => get(workers, '/brief', credential)
  const expiresIn = ({ headers }: Response) =>
    /expires="([^"]+)"/.exec(headers.get('www-authenticate') ?? '')?.[1] ?? ''

  /** A push for a challenge that has expired. The client is told that the challenge still lives. */
  async function lateCredential(challenge: Response): Promise<string> {
    const expires = expiresIn(challenge)
    const later = new Date(Date.now() + 60_000).toISOString()
    const offered = String(challenge.headers.get('www-authenticate')).replace(expires, later)
    const headers = { 'www-authenticate': offered }
    const payer = services.wallets.payer('push')
    const paid = decode(await payer.createCredential(new Response(null, { status: 402, headers })))
    return encode({ ...paid, challenge: { ...paid.challenge, expires } })
  }

  it('leaves a push good that was presented in time, though the chain was down then', async () => {
    const shown = await credentialFor('push')
    services.rpc.fault = 'down'
    expect((await pay(shown)).status).toBe(503)
    await until(expiryOf(shown) + 100)
    expect((await pay(shown)).status).toBe(503)
    services.rpc.fault = 'none'
    expect((await pay(shown)).status).toBe(200)
    expect((await pay(shown)).status).toBe(402)
    expect(services.origin.seen).toHaveLength(1)
  })

  it('leaves a push good that was mined in time, though it is first presented afterwards, once', async () => {
    const shown = await credentialFor('push')
    await until(expiryOf(shown) + 100)
    expect((await pay(shown)).status).toBe(200)
    expect((await pay(shown)).status).toBe(402)
    expect(services.origin.seen).toHaveLength(1)
    await expect.poll(() => workers.ledgerSums(), PATIENCE).toMatchObject({ sum: 0, held: 0 })
  })

  it('refuses a push that was mined too late, and a pull that has not moved', async () => {
    const quick = '/brief/quick'
    const payer = services.wallets.payer('pull')
    const pull = await payer.createCredential(await get(workers, quick))
    const challenge = await get(workers, '/brief')
    const expiry = Date.parse(expiresIn(challenge))
    services.rpc.fault = 'down'
    expect((await get(workers, quick, pull)).status).toBe(503)
    await until(expiry + 1_100)
    services.rpc.fault = 'none'
    const paid = await lateCredential(challenge)
    for (const refused of [await pay(paid), await get(workers, quick, pull)]) {
      expect(refused.status).toBe(402)
      expect(await refused.json()).toMatchObject({
        type: 'https://paymentauth.org/problems/payment-expired',
      })
    }
    expect(services.origin.seen).toEqual([])
  })

  it('refuses a pull that would end while the origin is asked, before the chain is', async () => {
    const pull = await credentialFor('pull')
    services.rpc.fault = 'down'
    const refused = await pay(pull)
    expect(refused.status).toBe(402)
    expect(await refused.json()).toMatchObject({
      type: 'https://paymentauth.org/problems/payment-expired',
    })
  })
})

describe('with a gate before the ledger', () => {
  let workers: Stack
  const gate = { isOpen: true, waiting: [] as ServerResponse[] }
  const server = createServer((_, response) => {
    if (gate.isOpen) response.end()
    else gate.waiting.push(response)
  })
  /** The fates of the next questions to each method of the claims. */
  const fates = new Map<string, string[]>()
  const fateServer = createServer(({ url = '' }, response) => {
    response.end(fates.get(url.slice(1))?.shift() ?? '')
  })

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const GATE_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await new Promise<void>((resolve) => fateServer.listen(0, '127.0.0.1', resolve))
    const FATE_URL = `http://127.0.0.1:${(fateServer.address() as AddressInfo).port}`
    const entry = 'test/support/worker/pricedGateway.ts'
    workers = await startWorkers(services.originUrl, services.rpc.url, entry, {
      paymentsEntry: 'test/support/worker/gatedPayments.ts',
      payments: { GATE_URL, FATE_URL },
    })
  })
  afterAll(async () => {
    await workers.end()
    for (const one of [server, fateServer]) {
      one.closeAllConnections()
      one.close()
    }
  })

  describe('an object whose answer gets lost', () => {
    const FATES = [
      ['pull', '/after', 'open', 'lost'],
      ['pull', '/after', 'settle', 'lost'],
      ['pull', '/after', 'settle', 'dead'],
      ['pull', '/before', 'open', 'lost'],
      ['push', '/after', 'open', 'lost'],
      ['push', '/after', 'open', 'dead'],
      ['push', '/after', 'settle', 'lost'],
    ] as const

    it.each(FATES)(
      'is asked again: by %s of %s, where %s is %s, the payer pays once and has its answer',
      async (mode, path, method, fate) => {
        const payer = services.wallets.payer(mode)
        const gained = await services.gain(async () => {
          fates.set(method, [fate])
          expect((await payer.fetch(`${workers.url + path}?once=${fate}`)).status).toBe(200)
        })
        expect(gained).toBe(PRICE)
        expect(services.origin.seen).toHaveLength(1)
      },
    )

    it('that has not moved the payment yet moves it before the origin is asked', async () => {
      const payer = services.wallets.payer('pull')
      fates.set('open', ['unmoved'])
      fates.set('settle', ['dead', 'dead'])
      const gained = await services.gain(async () => {
        expect((await payer.fetch(`${workers.url}/before?once=unmoved`)).status).toBe(200)
      })
      fates.clear()
      expect(gained).toBe(PRICE)
      expect(services.origin.seen).toHaveLength(1)
    })

    it.each(FATES.filter(([, , , fate]) => fate === 'lost'))(
      'twice leaves by %s of %s, where %s is %s, what has moved to the next payment, at once',
      async (mode, path, method, fate) => {
        const payer = services.wallets.payer(mode)
        const url = `${workers.url + path}?twice=${method}`
        const gained = await services.gain(async () => {
          fates.set(method, [fate, fate])
          const lost = await payer.fetch(url)
          expect([lost.status, lost.headers.get('payment-status')]).toEqual([
            503,
            'pending, amount="150"',
          ])
          const next = await payer.fetch(url)
          expect(next.status).toBe(200)
          const owed = /owed="150"/.test(next.headers.get('payment-status') ?? '')
          expect(owed, 'a push has moved again, and is owed').toBe(mode === 'push')
        })
        expect(gained).toBe(mode === 'push' ? 2n * PRICE : PRICE)
      },
    )
  })

  describe('a silent ledger', () => {
    it.each(['pull', 'push'] as const)(
      'sells nothing by %s: 503 while it is silent, nothing charged, held or used up',
      async (mode) => {
        const payer = services.wallets.payer(mode)
        const credential = await payer.createCredential(await get(workers, '/after'))
        const gained = await services.gain(async () => {
          gate.isOpen = false
          const refused = await get(workers, '/after', credential)
          expect(refused.status).toBe(503)
          expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
          expect(gate.waiting.length).toBeGreaterThan(0) // it is still silent
          expect(services.origin.seen).toEqual([])
          gate.isOpen = true
          for (const response of gate.waiting.splice(0)) response.end()
        })
        expect(gained).toBe(0n)
        expect((await get(workers, '/after', credential)).status).toBe(200)
        await expect.poll(() => workers.ledgerSums(), PATIENCE).toEqual({ sum: 0, held: 0 })
      },
    )
  })

  describe('a key that its account authorizes in the very transaction that it signs', () => {
    const root = Account.fromSecp256k1(PAYER_PRIVATE_KEY)
    const another = Account.fromSecp256k1(generatePrivateKey())
    const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600

    /** A credential that a new key has signed, and the key. */
    async function byNewKey() {
      const accessKey = generatePrivateKey()
      const keyAuthorizationManager = KeyAuthorizationManager.memory()
      const account = Account.fromSecp256k1(accessKey, { access: root, keyAuthorizationManager })
      const key = { address: root.address, accessKey: account.accessKeyAddress, chainId: CHAIN_ID }
      const asked = { chainId: BigInt(CHAIN_ID), expiry: inAnHour() }
      keyAuthorizationManager.set(key, await root.signKeyAuthorization(account, asked))
      const rpcUrls = { default: { http: [services.chain.url] } }
      const chain = defineChain({ ...tempoLocalnet, rpcUrls })
      const client = createClient({ chain, account, transport: http(undefined, { retryCount: 0 }) })
      const method = tempo.charge({ account, mode: 'pull', getClient: () => client as never })
      const payer = Mppx.create({ polyfill: false, methods: [method] })
      const credential = await payer.createCredential(await get(workers, '/after'))
      return { credential, accessKey }
    }

    /** The credential with another key authorization in its transaction, signed by the same key. */
    function authorizedBy(
      credential: string,
      accessKey: Hex,
      change: (authorization: KeyAuthorization.Signed) => KeyAuthorization.Signed,
    ): string {
      const decoded = decode(credential)
      const transaction = TxEnvelopeTempo.deserialize(decoded.payload.signature)
      const { keyAuthorization, signature: _, ...rest } = transaction
      if (keyAuthorization === undefined) throw new Error('there is no authorization to change')
      const changed = TxEnvelopeTempo.from({ ...rest, keyAuthorization: change(keyAuthorization) })
      const payload = TxEnvelopeTempo.getSignPayload(changed, { from: root.address })
      const inner = SignatureEnvelope.from(Secp256k1.sign({ payload, privateKey: accessKey }))
      const signature = SignatureEnvelope.from({
        type: 'keychain',
        userAddress: root.address,
        inner,
        version: 'v2',
      })
      const raw = TxEnvelopeTempo.serialize(changed, { signature })
      return encode({ ...decoded, payload: { ...decoded.payload, signature: raw } })
    }

    it('pays', async () => {
      const { credential } = await byNewKey()
      const { keyAuthorization } = TxEnvelopeTempo.deserialize(decode(credential).payload.signature)
      expect(keyAuthorization).toBeDefined()
      const gained = await services.gain(async () => {
        expect((await get(workers, '/after', credential)).status).toBe(200)
      })
      expect(gained).toBe(PRICE)
    })

    /** A key authorization with a new signature. */
    const signedBy = (signer: Hex, authorization: KeyAuthorization.KeyAuthorization) => {
      const payload = KeyAuthorization.getSignPayload(authorization)
      const signature = SignatureEnvelope.from(Secp256k1.sign({ payload, privateKey: signer }))
      return KeyAuthorization.from(authorization, { signature }) as KeyAuthorization.Signed
    }
    const THIEF = generatePrivateKey()

    it.each<[what: string, (given: KeyAuthorization.Signed) => KeyAuthorization.Signed]>([
      ['that somebody else has authorized', ({ signature: _, ...given }) => signedBy(THIEF, given)],
      [
        'whose authorization was changed to a later end',
        (given) => ({
          ...given,
          expiry: inAnHour() + 1,
        }),
      ],
      [
        'whose authorization has ended',
        ({ signature: _, ...given }) => signedBy(PAYER_PRIVATE_KEY, { ...given, expiry: 1 }),
      ],
      [
        'that is authorized on another chain',
        ({ signature: _, ...given }) => signedBy(PAYER_PRIVATE_KEY, { ...given, chainId: 1n }),
      ],
      [
        'other than the one that is authorized',
        ({ signature: _, ...given }) =>
          signedBy(PAYER_PRIVATE_KEY, { ...given, address: another.address }),
      ],
    ])('but not one %s', async (_, change) => {
      const { credential, accessKey } = await byNewKey()
      const forged = authorizedBy(credential, accessKey, change)
      const gained = await services.gain(async () => {
        expect((await get(workers, '/after', forged)).status).toBe(402)
      })
      expect(gained).toBe(0n)
      expect(services.origin.seen).toEqual([])
      // Without the change the credential is good: the change alone was wrong.
      const same = authorizedBy(credential, accessKey, (given) => given)
      expect((await get(workers, '/after', same)).status).toBe(200)
    })
  })
})
