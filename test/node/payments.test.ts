/** Payments by the call on a real chain, by mppx's unmodified client. */
import { Secp256k1 } from 'ox'
import { SignatureEnvelope, TxEnvelopeTempo } from 'ox/tempo'
import { keccak256 } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { type Dev, devIn } from '../support/node/dev.ts'
import { readLedger } from '../support/node/ledger.ts'
import {
  type Behaviour,
  decode,
  encode,
  type PaymentServices,
  PRICE,
  receiptOf,
  startPaymentServices,
  untilNotPending,
  works,
} from '../support/node/paidGateway.ts'

const TWEET = '/api/v1/x/tweets/1'
/** Another of anvil's public keys. */
const THIEF = '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6'

const folder = devIn()
let services: PaymentServices
let { origin, rpc, wallets, gain }: PaymentServices = {} as PaymentServices
let dev: Dev

const env: Record<string, string> = { RATE_LIMITS: 'off' }

beforeAll(async () => {
  services = await startPaymentServices()
  ;({ origin, rpc, wallets, gain } = services)
  env.PORT = String(await freePort(19_287))
  env.RPC_URL = rpc.url
  env.ORIGIN_URL = services.originUrl
  dev = await folder.start(env)
})

afterAll(async () => {
  await dev.end('SIGTERM')
  folder.cleanUp()
  await services.end()
})

beforeEach(() => services.reset())

const call = (path: string, init: RequestInit = {}) => fetch(`${dev.facts.gateway}${path}`, init)
const pay = (credential: string, path = TWEET, init: RequestInit = {}) =>
  call(path, { ...init, headers: { ...init.headers, authorization: credential } })

/** An `Authorization` value that answers a fresh challenge of the path. */
async function credentialFor(path = TWEET, mode: 'pull' | 'push' = 'pull', init: RequestInit = {}) {
  const challenge = await call(path, init)
  expect(challenge.status).toBe(402)
  return wallets.payer(mode).createCredential(challenge)
}

describe('a call that is paid for', () => {
  it.each(['pull', 'push'] as const)(
    'by %s: gets the answer and a receipt for exactly the price',
    async (mode) => {
      const gained = await gain(async () => {
        const response = await wallets.payer(mode).fetch(`${dev.facts.gateway}${TWEET}`)
        expect(response.status).toBe(200)
        expect(await response.text()).toBe('sold')
        expect(receiptOf(response)).toEqual({
          method: 'tempo',
          status: 'success',
          timestamp: expect.any(String),
          reference: expect.stringMatching(/^0x[0-9a-f]{64}$/),
        })
        expect(response.headers.get('cache-control')).toBe('private, no-store')
      })
      expect(gained).toBe(PRICE)
      expect(origin.seen).toHaveLength(1)
      expect(origin.seen[0]?.headers.authorization).toBeUndefined()
      const assertion = String(origin.seen[0]?.headers['turnpike-assertion']).split('.')[1] ?? ''
      expect(JSON.parse(Buffer.from(assertion, 'base64url').toString())).toMatchObject({
        kind: 'payment',
        sub: expect.stringMatching(/^0x[0-9a-f]{40}$/),
        payment: { amount: '150', moved: mode === 'push' },
      })
    },
  )

  it('by pull asks the chain twice: to simulate the payment, and to send it', async () => {
    const credential = await credentialFor()
    rpc.asked.length = 0
    expect((await pay(credential)).status).toBe(200)
    expect(rpc.asked).toEqual(['eth_call', 'eth_sendRawTransactionSync'])
  })

  it('costs the price of its route', async () => {
    const gained = await gain(async () => {
      const payer = wallets.payer('pull')
      expect((await payer.fetch(`${dev.facts.gateway}/api/v1/x/articles/9`)).status).toBe(200)
      expect((await payer.fetch(`${dev.facts.gateway}/api/v1/trends`)).status).toBe(200)
    })
    expect(gained).toBe(1050n + 450n)
  })

  it('costs nothing with a key, and a payment beside the key stays unused', async () => {
    const credential = await credentialFor()
    const gained = await gain(async () => {
      const headers = { 'x-api-key': dev.facts.apiKey }
      const response = await pay(credential, TWEET, { headers })
      expect(response.status).toBe(200)
      expect(receiptOf(response)).toBeNull()
      const wrong = { 'x-api-key': `${dev.facts.apiKey.slice(0, -1)}x` }
      expect((await pay(credential, TWEET, { headers: wrong })).status).toBe(401)
    })
    expect(gained).toBe(0n)
    expect((await pay(credential)).status).toBe(200)
  })
})

describe('one credential', () => {
  it.each(['pull', 'push'] as const)(
    'by %s, in 100 copies at once: one call of the origin, one settlement, one answer',
    async (mode) => {
      const gained = await gain(async () => {
        const credential = await credentialFor(TWEET, mode)
        const responses = await Promise.all(Array.from({ length: 100 }, () => pay(credential)))
        const answered = responses.filter((response) => response.status === 200)
        expect(answered).toHaveLength(1)
        const others = responses.filter((response) => response.status !== 200)
        for (const other of others) expect([402, 503]).toContain(other.status)
        for (const other of others) expect(receiptOf(other)).toBeNull()
      })
      expect(gained).toBe(PRICE)
      expect(origin.seen).toHaveLength(1)
    },
  )

  it.each(['pull', 'push'] as const)(
    'by %s, used once: is refused with a fresh challenge',
    async (mode) => {
      const credential = await credentialFor(TWEET, mode)
      const gained = await gain(async () => {
        expect((await pay(credential)).status).toBe(200)
        const again = await pay(credential)
        expect(again.status).toBe(402)
        expect(await again.json()).toMatchObject({
          type: 'https://paymentauth.org/problems/invalid-challenge',
          error: 'payment_invalid',
        })
        expect(again.headers.get('www-authenticate')).toContain('Payment id="')
        expect(again.headers.get('www-authenticate')).not.toContain(decode(credential).challenge.id)
      })
      expect(gained).toBe(mode === 'pull' ? PRICE : 0n) // a push had moved before
      expect(origin.seen).toHaveLength(1)
    },
  )

  const otherRequest = (credential: ReturnType<typeof decode>, change: object) => {
    const request = JSON.parse(Buffer.from(credential.challenge.request, 'base64url').toString())
    const encoded = Buffer.from(JSON.stringify({ ...request, ...change })).toString('base64url')
    return { ...credential, challenge: { ...credential.challenge, request: encoded } }
  }
  const challenged = (change: object) => (credential: ReturnType<typeof decode>) => {
    return { ...credential, challenge: { ...credential.challenge, ...change } }
  }
  it.each([
    ['another amount', (c: object) => otherRequest(decode(encode(c)), { amount: '1' }), TWEET],
    [
      'another recipient',
      (c: object) => otherRequest(decode(encode(c)), { recipient: `0x${'1'.repeat(40)}` }),
      TWEET,
    ],
    ['another realm', challenged({ realm: 'evil.test' }), TWEET],
    ['a later expiry', challenged({ expires: '2099-01-01T00:00:00.000Z' }), TWEET],
    ['no expiry', challenged({ expires: undefined }), TWEET],
    ['a made-up id', challenged({ id: 'A'.repeat(43) }), TWEET],
    ['a digest', challenged({ digest: 'sha-256=:AAAA:' }), TWEET],
    ['another route', (c: object) => c, '/api/v1/x/users/1'],
    ['a dearer route', (c: object) => c, '/api/v1/x/articles/1'],
    ['another target of the route', (c: object) => c, '/api/v1/x/tweets/2'],
    ['another query', (c: object) => c, `${TWEET}?full=1`],
  ])('with %s is refused before the chain or the origin is asked', async (_, change, path) => {
    const credential = await credentialFor()
    rpc.asked.length = 0
    const gained = await gain(async () => {
      const response = await pay(encode(change(decode(credential))), path)
      expect(response.status).toBe(402)
      expect(await response.json()).toMatchObject({ error: 'payment_invalid' })
    })
    expect(gained).toBe(0n)
    // An earlier test's payment may still be looked for; this one was never sent.
    expect(rpc.asked.filter((method) => method !== 'eth_getTransactionReceipt')).toEqual([])
    expect(origin.seen).toHaveLength(0)
    expect((await pay(credential)).status).toBe(200) // the refusal did not use it up
  })

  it.each([
    ['that is not base64url', 'Payment !!!', 402, 'malformed-credential'],
    ['that is not JSON', `Payment ${btoa('nonsense')}`, 402, 'malformed-credential'],
    ['that is too long', `Payment ${'A'.repeat(20_000)}`, 402, 'malformed-credential'],
    [
      'of a method that is not offered',
      encode({
        challenge: { id: 'x', realm: 'x', method: 'stripe', intent: 'charge', request: 'e30' },
        payload: {},
      }),
      400,
      'method-unsupported',
    ],
  ])('%s is answered as the protocol says', async (_, credential, status, type) => {
    const response = await pay(credential)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({
      type: `https://paymentauth.org/problems/${type}`,
    })
  })

  it('beside another is 400; on a route without a price 401', async () => {
    const credential = await credentialFor()
    expect((await pay(`${credential}, ${credential}`)).status).toBe(400)
    expect((await pay(credential, '/api/v1/radar')).status).toBe(401)
    expect(origin.seen).toHaveLength(0)
  })

  it('that names somebody else’s transaction is worth nothing', async () => {
    const victim = decode(await credentialFor(TWEET, 'push'))
    const own = decode(await wallets.payer('pull', THIEF).createCredential(await call(TWEET)))
    const stolen = encode({ challenge: own.challenge, payload: victim.payload })
    expect((await pay(stolen)).status).toBe(402)
    expect(origin.seen).toHaveLength(0)
    expect((await pay(encode(victim))).status).toBe(200) // the honest payer still gets the answer
  })

  it('signed in its sender’s name by another is refused before the origin is asked', async () => {
    const credential = decode(await credentialFor())
    const transaction = TxEnvelopeTempo.deserialize(credential.payload.signature)
    const payload = TxEnvelopeTempo.getSignPayload(transaction)
    const inner = SignatureEnvelope.from(Secp256k1.sign({ payload, privateKey: THIEF }))
    const userAddress = credential.source.split(':').at(-1)
    for (const signature of [
      SignatureEnvelope.from({ type: 'keychain', userAddress, inner, version: 'v1' }),
      SignatureEnvelope.from({ type: 'keychain', userAddress, inner, version: 'v2' }),
      inner,
    ]) {
      const raw = TxEnvelopeTempo.serialize(transaction, { signature })
      const forged = { ...credential, payload: { ...credential.payload, signature: raw } }
      rpc.asked.length = 0
      // The thief's plain signature makes the thief the sender: it is in nobody else's name.
      if (signature === inner) expect(TxEnvelopeTempo.deserialize(raw).from).not.toBe(userAddress)
      else expect((await pay(encode(forged))).status).toBe(402)
      expect(rpc.asked.filter((method) => method.startsWith('eth_send'))).toEqual([])
    }
    expect(origin.seen).toHaveLength(0)
    expect((await pay(encode(credential))).status).toBe(200)
  })

  it('never gets the challenge of another: no two challenges are alike', async () => {
    const challenges = await Promise.all(Array.from({ length: 50 }, () => call(TWEET)))
    expect(new Set(challenges.map((one) => one.headers.get('www-authenticate'))).size).toBe(50)
    for (const one of challenges) expect(one.headers.get('cache-control')).toBe('no-store')
  })
})

describe('an origin that fails', () => {
  const failures: [string, Behaviour][] = [
    ['answers 500', (_, response) => response.writeHead(500).end('{"error":"theirs"}')],
    ['answers 404', (_, response) => response.writeHead(404).end('{"error":"theirs"}')],
    ['breaks off before its answer', (_, response) => response.destroy()],
    [
      'breaks off within its answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' })
        response.write('{"a":', () => response.destroy())
      },
    ],
    [
      'answers with more than can be withheld',
      (_, response) => response.end('x'.repeat(1_100_000)),
    ],
  ]

  it.each(failures)(
    'and %s: a pull is not charged, and the same credential can be used',
    async (_, behave) => {
      const credential = await credentialFor()
      const gained = await gain(async () => {
        origin.behave = behave
        const response = await pay(credential)
        expect(response.ok).toBe(false)
        expect(receiptOf(response)).toBeNull()
        const body = await response.json()
        expect(body).toMatchObject(body.error === 'theirs' ? {} : { charged: false })
      })
      expect(gained).toBe(0n)
      origin.behave = works
      expect(await gain(async () => void expect((await pay(credential)).status).toBe(200))).toBe(
        PRICE,
      )
    },
  )

  it.each(failures.slice(0, -1))(
    'and %s: a push stays the payer’s, who gets the answer by a retry, once',
    async (_, behave) => {
      const credential = await credentialFor(TWEET, 'push')
      origin.behave = behave
      const failed = await pay(credential)
      expect(failed.ok).toBe(false)
      expect(receiptOf(failed)).toBeNull()
      const body = await failed.json()
      const { hash } = decode(credential).payload
      const owed = { charged: false, owed: String(PRICE), reference: hash }
      expect(body).toMatchObject(body.error === 'theirs' ? {} : owed)
      expect(failed.headers.get('payment-status')).toMatch(
        new RegExp(`^charged=\\?0, owed="${PRICE}", reference="${hash}", until=[0-9]{10}$`),
      )
      origin.behave = works
      const gained = await gain(async () => {
        const again = await pay(credential)
        expect(again.status).toBe(200)
        expect(receiptOf(again)).toMatchObject({ reference: hash })
        expect((await pay(credential)).status).toBe(402)
      })
      expect(gained).toBe(0n)
    },
  )
})

it('an answer that is too large to be withheld is streamed for a push', async () => {
  const credential = await credentialFor(TWEET, 'push')
  origin.behave = (_, response) => void response.end('x'.repeat(1_100_000))
  const given = await pay(credential)
  expect([given.status, (await given.text()).length]).toEqual([200, 1_100_000])
  expect(receiptOf(given)).toMatchObject({ reference: decode(credential).payload.hash })
  expect((await pay(credential)).status, 'it is used').toBe(402)
})

describe('the line to the chain', () => {
  it.each(['down', 'garbage'] as const)(
    'is %s: nothing is sold, and nothing is lost',
    async (fault) => {
      const credential = await credentialFor()
      const gained = await gain(async () => {
        rpc.fault = fault
        const response = await pay(credential)
        expect(response.status).toBe(503)
        expect(await response.json()).toMatchObject({ error: 'payment_pending' })
        expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
        expect(receiptOf(response)).toBeNull()
      })
      expect(gained).toBe(0n)
      expect(origin.seen).toHaveLength(0)
      rpc.fault = 'none'
      expect(await gain(async () => void expect((await pay(credential)).status).toBe(200))).toBe(
        PRICE,
      )
    },
  )

  it('breaks when the payment is sent: 503, no fresh 402; the same credential goes on', async () => {
    const credential = await credentialFor()
    const gained = await gain(async () => {
      rpc.fault = 'break after sending'
      origin.behave = (_, answer) => {
        answer
          .writeHead(200, { etag: '"withheld"', 'cache-control': 'public, max-age=300' })
          .end('x')
      }
      const response = await pay(credential)
      expect(response.status).toBe(503)
      // Nothing of the withheld answer shows.
      expect(response.headers.get('etag')).toBeNull()
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(await response.json()).toMatchObject({ error: 'payment_pending' })
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
      rpc.fault = 'none'
      const again = await untilNotPending(() => pay(credential))
      expect(again.status).toBe(200)
      expect(receiptOf(again)).toMatchObject({ status: 'success' })
      expect((await pay(credential)).status).toBe(402)
    })
    expect(gained).toBe(PRICE)
  })
})

describe('a gateway that is killed', () => {
  it('while the origin works has charged nothing, and leaves nothing held', async () => {
    const credential = await credentialFor()
    const gained = await gain(async () => {
      const asked = new Promise<void>((resolve) => {
        origin.behave = () => resolve()
      })
      const call = pay(credential).catch(() => 'cut')
      await asked
      await dev.cut()
      expect(await call).toBe('cut')
      dev = await folder.start(env)
      origin.behave = works
      // The signature lives 25 s. The origin is asked again only if it has its 15 s before the end.
      const seen = origin.seen.length
      const again = await untilNotPending(() => pay(credential))
      expect([200, 402]).toContain(again.status)
      const isSold = again.status === 200
      expect(receiptOf(again) !== null).toBe(isSold)
      expect(origin.seen.length - seen).toBe(isSold ? 1 : 0)
    })
    expect([0n, PRICE]).toContain(gained)
    await ledgerIsEven()
  })

  it('while it sends a payment owes the answer; money and ledger agree after a restart', async () => {
    const credential = await credentialFor()
    const revenue = readLedger(folder.folder).get('revenue') ?? 0
    const gained = await gain(async () => {
      const sent = new Promise<void>((resolve) => {
        rpc.onSent = resolve
      })
      rpc.fault = 'silent after sending'
      const call = pay(credential).catch(() => 'cut')
      await sent
      await dev.cut()
      expect(await call).toBe('cut')
      rpc.fault = 'none'
      dev = await folder.start(env)
      const again = await untilNotPending(() => pay(credential))
      expect(again.status).toBe(200)
      expect((await pay(credential)).status).toBe(402)
    })
    expect(gained).toBe(PRICE)
    await ledgerIsEven()
    const totals = readLedger(folder.folder)
    expect((totals.get('revenue') ?? 0) - revenue).toBe(Number(PRICE))
  })
})

/** How often the gateway is killed while payments are on their way. */
const KILLS = Number(process.env.KILLS ?? 1)
/** The longest time from the calls to the kill, in milliseconds: some have been answered then. */
const LATEST_KILL_MS = 1_200
let targets = 100
/** The ids that the origin has answered before the kill. */
const answered = new Set<string>()
const idIn = (target: string) => target.slice(target.lastIndexOf('/') + 1)

/** A client that pays for one target until a payment of its own has paid for the answer. */
function buyerOf(mode: 'pull' | 'push', repeats: boolean) {
  const path = `/api/v1/x/tweets/${++targets}`
  const payments: string[] = []
  let answers = 0
  let isCut = false
  async function prepare(by: 'pull' | 'push' = mode): Promise<string> {
    const payment = await credentialFor(path, by)
    payments.push(payment)
    return payment
  }
  async function ask(payment: string): Promise<Response> {
    const response = await untilNotPending(() => pay(payment, path))
    if (response.status === 200 && (await response.text()) === 'sold') answers += 1
    return response
  }
  return {
    prepare,
    /** Makes the first call, whether the kill cuts it or not. */
    async begin(): Promise<void> {
      await ask(payments[0] ?? '').catch(() => {
        isCut = true
      })
    },
    async goOn(): Promise<void> {
      // A push that the gateway has not seen to its end is in no book: its own credential finds it.
      if (repeats || (isCut && mode === 'push')) await ask(payments[0] ?? '')
      for (let tries = 0; tries < 5; tries++) {
        const own = await prepare('pull')
        const response = await ask(own)
        expect(response.status).toBe(200)
        if (receiptOf(response)?.reference === hashOf(own)) return
      }
      throw new Error('there is always something owed')
    },
    async balance() {
      const moved = await Promise.all(payments.map((payment) => wallets.isMined(hashOf(payment))))
      // An answer that was on its way when the gateway was killed may be lost.
      const lost = isCut && answered.has(idIn(path)) ? 1 : 0
      return { mode, repeats, paid: moved.filter(Boolean).length, answers, lost }
    },
  }
}

const hashOf = (payment: string) => {
  const { hash, signature } = decode(payment).payload
  return hash ?? keccak256(signature)
}

describe(`a gateway that is killed at ${KILLS} random moments`, () => {
  it.each(Array.from({ length: KILLS }, (_, kill) => kill + 1))(
    'gives one answer for each payment that has moved, and owes nothing: kill %d',
    async () => {
      let isDead = false
      origin.behave = ({ target }, response) => {
        const answer = () => {
          response.end('sold')
          if (!isDead) answered.add(idIn(target))
        }
        setTimeout(answer, (Math.random() * LATEST_KILL_MS) / 2)
      }
      const buyers = [true, false].flatMap((repeats) =>
        (['pull', 'push'] as const).map((mode) => buyerOf(mode, repeats)),
      )
      const afterMs = Math.random() * LATEST_KILL_MS
      const gained = await gain(async () => {
        await Promise.all(buyers.map(({ prepare }) => prepare()))
        const calls = buyers.map(({ begin }) => begin())
        await new Promise((resolve) => setTimeout(resolve, afterMs))
        await dev.cut()
        isDead = true
        await Promise.all(calls)
        dev = await folder.start(env)
        await Promise.all(buyers.map(({ goOn }) => goOn()))
      })
      const balances = await Promise.all(buyers.map(({ balance }) => balance()))
      for (const { paid, answers, lost, ...who } of balances) {
        const name = JSON.stringify({ ...who, afterMs, paid, answers, lost })
        expect(paid, name).toBeGreaterThanOrEqual(answers)
        expect(paid, name).toBeLessThanOrEqual(answers + lost)
      }
      expect(gained).toBe(PRICE * BigInt(balances.reduce((sum, { paid }) => sum + paid, 0)))
      await ledgerIsEven()
    },
  )
})

/** Waits until the ledger has every event: its sum is zero, and nothing is held. */
async function ledgerIsEven(): Promise<void> {
  const totals = () => {
    const all = readLedger(folder.folder)
    const sum = [...all.values()].reduce((total, amount) => total + amount, 0)
    return { sum, held: all.get('held') }
  }
  await expect.poll(totals, { timeout: 20_000 }).toEqual({ sum: 0, held: 0 })
}
