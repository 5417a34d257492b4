/**
 * The ways to price a route by the call: with a body, with an Idempotency-Key, with sponsored fees,
 * settled before the answer, for a proof only, in a header of its own.
 */
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { privateKeyToAddress } from 'viem/accounts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CHAIN_ID, FEE_PAYER_PRIVATE_KEY, PAYER_PRIVATE_KEY } from '../../dev/money.ts'
import { readMessage } from '../support/node/differential/messages.ts'
import {
  PATIENCE,
  type PaidGateway,
  PRICE,
  startPaidGateway,
  works,
} from '../support/node/paidGateway.ts'
import { rawClient } from '../support/node/rawSockets.ts'

let gateway: PaidGateway
let { origin, rpc, wallets, workers, gain, call, credentialFor }: PaidGateway = {} as PaidGateway

beforeAll(async () => {
  gateway = await startPaidGateway()
  ;({ origin, rpc, wallets, workers, gain, call, credentialFor } = gateway)
})

afterAll(() => gateway.end())

beforeEach(() => gateway.reset())

describe('a route that takes a body', () => {
  const post = (body: BodyInit, headers: Record<string, string> = {}) =>
    ({ method: 'POST', body, headers, duplex: 'half' }) as RequestInit

  it('is paid for by the unmodified client, with its body', async () => {
    const gained = await gain(async () => {
      const response = await wallets.payer('pull').fetch(`${workers.url}/after`, post('{"a":1}'))
      expect(await response.text()).toBe('sold')
    })
    expect(gained).toBe(PRICE)
    expect(origin.bodies).toEqual(['{"a":1}'])
  })

  it('binds the payment to the body by its digest: only the same body is accepted', async () => {
    const challenge = await call('/after', post('one'))
    expect(challenge.headers.get('www-authenticate')).toMatch(
      /digest="sha-256=:[A-Za-z0-9+/]{43}=:"/,
    )
    const authorization = await wallets.payer('pull').createCredential(challenge)
    const gained = await gain(async () => {
      for (const other of ['two', '']) {
        const refused = await call('/after', post(other, { authorization }))
        expect(refused.status).toBe(402)
        expect(await refused.json()).toMatchObject({ error: 'payment_invalid' })
      }
      expect((await call('/after', { headers: { authorization } })).status).toBe(402)
      expect(origin.bodies).toEqual([])
      expect((await call('/after', post('one', { authorization }))).status).toBe(200)
    })
    expect(gained).toBe(PRICE)
    expect(origin.bodies).toEqual(['one'])
  })

  it('takes a form for the same, though the client draws its boundary anew at each try', async () => {
    const buy = (mode: 'pull' | 'push') => {
      const form = new FormData()
      form.set('text', 'one')
      return wallets.payer(mode).fetch(`${workers.url}/after`, post(form))
    }
    const gained = await gain(async () => {
      origin.behave = (_, response) => void response.writeHead(500).end()
      const failed = await buy('push')
      expect(failed.status).toBe(500)
      expect(failed.headers.get('payment-status')).toMatch(/^charged=\?0, owed="150"/)
      origin.behave = works
      expect((await buy('pull')).status, 'the owed answer').toBe(200)
    })
    expect(gained).toBe(PRICE)
    expect(origin.bodies).toHaveLength(2)
    expect(new Set(origin.bodies).size, 'the origin gets the boundaries').toBe(2)
  })

  it('binds the payment to the parts of a form', async () => {
    const form = (boundary: string, value: string) => {
      const field = `Content-Disposition: form-data; name="text"\r\n\r\n${value}`
      const type = { 'content-type': `multipart/form-data; boundary=${boundary}` }
      const body = `--${boundary}\r\n${field}\r\n--${boundary}--\r\n`
      return (headers: Record<string, string> = {}) =>
        call('/after', post(body, { ...type, ...headers }))
    }
    const authorization = await wallets.payer('pull').createCredential(await form('x', 'one')())
    const gained = await gain(async () => {
      expect((await form('x', 'two')({ authorization })).status).toBe(402)
      expect((await call('/after', post('one', { authorization }))).status).toBe(402)
      expect((await form('y', 'one')({ authorization })).status).toBe(200)
    })
    expect(gained).toBe(PRICE)
  })

  it('refuses a body that is too large before anything is charged', async () => {
    expect((await call('/after', post('x'.repeat(1025)))).status).toBe(413)
    expect(origin.bodies).toEqual([])
  })

  it('sells nothing to HEAD: its payment is not used up, and pays for the GET', async () => {
    const challenge = await call('/after', { method: 'HEAD' })
    expect(challenge.status).toBe(402)
    expect(await challenge.text()).toBe('')
    const authorization = await wallets.payer('pull').createCredential(challenge)
    const gained = await gain(async () => {
      const head = await call('/after', { method: 'HEAD', headers: { authorization } })
      expect(head.status).toBe(402)
      expect(head.headers.get('payment-status')).toBe('charged=?0')
      expect(origin.seen).toEqual([])
    })
    expect(gained).toBe(0n)
    const paid = await gain(async () => {
      expect((await call('/after', { headers: { authorization } })).status).toBe(200)
    })
    expect(paid).toBe(PRICE)
  })

  it('never answers OPTIONS with 402', async () => {
    expect((await call('/after', { method: 'OPTIONS' })).status).toBe(405)
    const headers = { origin: 'https://a.test', 'access-control-request-method': 'GET' }
    expect((await call('/after', { method: 'OPTIONS', headers })).status).toBe(204)
  })
})

describe('a compressed answer that is paid for', () => {
  /** An answer's body as its bytes, not decompressed. */
  async function bytesOf(path: string, authorization: string): Promise<Buffer> {
    const lines = ['host: 127.0.0.1', 'connection: close', 'accept-encoding: gzip']
    const head = [`GET ${path} HTTP/1.1`, ...lines, `authorization: ${authorization}`]
    const key = `idempotency-key: ${path.slice(1)}-gzip`
    const client = rawClient(workers.url, [...head, key, '', ''].join('\r\n'))
    const read = readMessage(await client.ended(), { isEnded: true, isBodiless: false })
    expect([read?.message.start, read?.message.fields.get('content-encoding')]).toEqual([
      '200',
      'gzip',
    ])
    return Buffer.from(read?.message.body ?? '', 'latin1')
  }

  it.each([
    ['after', 500],
    ['after', 50_000],
    ['before', 50_000],
  ])('passes byte for byte, settled %s the answer: %d bytes', async (settled, length) => {
    const bytes = gzipSync(randomBytes(length))
    origin.behave = (_, response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip', etag: '"strong"' }).end(bytes)
    const path = `/${settled}?${length}`
    const authorization = await credentialFor(path)
    expect((await bytesOf(path, authorization)).equals(bytes)).toBe(true)
    // The answer that is kept for the key is the same.
    if (settled === 'after') expect((await bytesOf(path, authorization)).equals(bytes)).toBe(true)
  })
})

describe('a paid request with an Idempotency-Key', () => {
  const post = (headers: Record<string, string>): RequestInit => {
    return { method: 'POST', body: 'once', headers }
  }

  it('gets the kept answer, again and again, without another call or charge', async () => {
    origin.behave = (_, response) => {
      response.writeHead(201, { 'x-made': 'once', 'content-type': 'text/plain' }).end('made')
    }
    const gained = await gain(async () => {
      const authorization = await credentialFor('/after', post({}))
      const headers = { authorization, 'idempotency-key': '"order-1"' }
      const first = await call('/after', post(headers))
      const receipt = first.headers.get('payment-receipt')
      expect([first.status, await first.text()]).toEqual([201, 'made'])
      await expect
        .poll(async () => {
          const again = await call('/after', post(headers))
          const { status, headers: said } = again
          return [status, await again.text(), said.get('x-made'), said.get('payment-receipt')]
        }, PATIENCE)
        .toEqual([201, 'made', 'once', receipt])
    })
    expect(gained).toBe(PRICE)
    expect(origin.bodies).toEqual(['once'])
  })

  it('hides its answer from requests without the key, or with another key, or from another payer', async () => {
    const authorization = await credentialFor('/after', post({}))
    const headers = { authorization, 'idempotency-key': 'order-2' }
    expect((await call('/after', post(headers))).status).toBe(200)
    const another = await wallets
      .payer('pull', FEE_PAYER_PRIVATE_KEY)
      .createCredential(await call('/after', post({})))
    origin.behave = (_, response) => void response.writeHead(500).end('no')
    for (const other of [
      { authorization },
      { authorization, 'idempotency-key': 'order-3' },
      { authorization: another, 'idempotency-key': 'order-2' },
    ]) {
      const answer = await call('/after', post(other))
      expect([402, 500, 503]).toContain(answer.status)
      expect(answer.headers.get('payment-receipt')).toBeNull()
    }
  })

  it('gets an owed answer without a second call of the origin', async () => {
    const authorization = await credentialFor('/after', post({}))
    const headers = { authorization, 'idempotency-key': 'order-4' }
    rpc.fault = 'break after sending'
    const gained = await gain(async () => {
      expect((await call('/after', post(headers))).status).toBe(503)
      rpc.fault = 'none'
      await expect
        .poll(async () => (await call('/after', post(headers))).text(), PATIENCE)
        .toBe('sold')
    })
    expect(gained).toBe(PRICE)
    expect(origin.bodies).toEqual(['once'])
  })

  it('is refused if the key is malformed', async () => {
    const authorization = await credentialFor('/after', post({}))
    const headers = { authorization, 'idempotency-key': 'x'.repeat(256) }
    expect((await call('/after', post(headers))).status).toBe(400)
    expect(origin.bodies).toEqual([])
  })
})

describe('a route whose fees we pay', () => {
  const payer = privateKeyToAddress(PAYER_PRIVATE_KEY)
  const sponsor = privateKeyToAddress(FEE_PAYER_PRIVATE_KEY)

  /** The cost of a call for its payer, and for the account that sponsors its fee. */
  async function costOf(path: string): Promise<{ payer: bigint; sponsor: bigint }> {
    const before = [await wallets.wealth(payer), await wallets.wealth(sponsor)] as const
    expect((await wallets.payer('pull').fetch(workers.url + path)).status).toBe(200)
    return {
      payer: before[0] - (await wallets.wealth(payer)),
      sponsor: before[1] - (await wallets.wealth(sponsor)),
    }
  }

  it('costs the payer the price and nothing else, and us the fee', async () => {
    const sponsored = await costOf('/sponsored')
    expect(sponsored.payer).toBe(PRICE)
    expect(sponsored.sponsor).toBeGreaterThan(0n)
    const usual = await costOf('/after')
    expect(usual.payer).toBeGreaterThan(PRICE)
    expect(usual.sponsor).toBe(0n)
  })

  it('takes no push: the fee of a transaction that was sent is paid already', async () => {
    const challenge = await call('/sponsored')
    const [, request = ''] =
      /request="([^"]+)"/.exec(challenge.headers.get('www-authenticate') ?? '') ?? []
    expect(JSON.parse(Buffer.from(request, 'base64url').toString()).methodDetails).toEqual({
      chainId: CHAIN_ID,
      feePayer: true,
      supportedModes: ['pull'],
    })
    const decoded = JSON.parse(
      Buffer.from((await credentialFor('/sponsored')).slice(8), 'base64url').toString(),
    )
    const pushed = { ...decoded, payload: { type: 'hash', hash: `0x${'1'.repeat(64)}` } }
    const authorization = `Payment ${Buffer.from(JSON.stringify(pushed)).toString('base64url')}`
    expect((await call('/sponsored', { headers: { authorization } })).status).toBe(402)
    expect(origin.bodies).toEqual([])
  })

  it('has a budget for the day: 503 when it is used up; failed calls return their fee', async () => {
    const budget = await workers.sponsorBudget()
    await budget.takeFee('half of it', 50_000, 100_000)
    origin.behave = (_, response) => void response.writeHead(500).end()
    for (let i = 0; i < 5; i++) {
      expect((await wallets.payer('pull').fetch(`${workers.url}/sponsored`)).status).toBe(500)
    }
    origin.behave = works
    expect((await wallets.payer('pull').fetch(`${workers.url}/sponsored`)).status).toBe(200)

    await budget.takeFee('all of it', 100_000, 1_000_000)
    origin.bodies.length = 0
    const refused = await wallets.payer('pull').fetch(`${workers.url}/sponsored`)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2'])
    expect(origin.bodies).toEqual([])
    // A payer that pays the fee itself is still served.
    expect((await wallets.payer('pull').fetch(`${workers.url}/after`)).status).toBe(200)
    for (const one of ['half of it', 'all of it']) await budget.dropFee(one)
  })

  it('counts a fee once, and never exceeds the day’s budget', async () => {
    const budget = await workers.sponsorBudget()
    const take = (id: string, fee: number) => budget.takeFee(id, fee, 1_000_000)
    const taken = await Promise.all(
      Array.from({ length: 30 }, (_, i) => take(`many ${i}`, 100_000)),
    )
    expect(taken.filter(Boolean).length).toBe(9) // the tests above have used a part of the tenth
    expect(await take('many 0', 100_000)).toBe(taken[0])
    for (let i = 0; i < 30; i++) await budget.dropFee(`many ${i}`)
  })
})

describe('an answer that does not end in time', () => {
  it('is not given or charged, and is aborted before the payment is free again', async () => {
    const closed = new Promise<void>((resolve) => {
      origin.behave = (_, response) => {
        response.once('close', resolve)
        response.writeHead(200)
        response.write('begun')
      }
    })
    const authorization = await credentialFor('/after')
    const gained = await gain(async () => {
      const late = await call('/after', { headers: { authorization } })
      expect(late.status).toBe(502)
      expect(await late.json()).toMatchObject({ charged: false })
      await closed // the origin's answer was cancelled
    })
    expect(gained).toBe(0n)
    origin.behave = works
    expect((await call('/after', { headers: { authorization } })).status).toBe(200)
  })
})

describe('a route that settles before', () => {
  it('streams its answer, of any size, with the receipt in its headers', async () => {
    origin.behave = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: first\n\n')
    }
    const authorization = await credentialFor('/before')
    const before = await wallets.merchant()
    const response = await call('/before', { headers: { authorization } })
    expect(response.headers.get('payment-receipt')).not.toBeNull()
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('first')
    expect(await wallets.merchant()).toBe(before + PRICE) // while the stream is still open
    await reader?.cancel()
  })

  it('has delivered with the first bytes: a client that leaves gets no second answer', async () => {
    origin.behave = (_, response) => {
      response.writeHead(200)
      response.write('first')
    }
    const authorization = await credentialFor('/before')
    const response = await call('/before', { headers: { authorization } })
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await expect
      .poll(async () => (await call('/before', { headers: { authorization } })).status, PATIENCE)
      .toBe(402)
  })

  it('owes the answer when the origin fails, once', async () => {
    const authorization = await credentialFor('/before')
    const gained = await gain(async () => {
      origin.behave = (_, response) => void response.writeHead(503).end()
      const failed = await call('/before', { headers: { authorization } })
      expect(failed.status).toBe(503)
      expect(failed.headers.has('payment-receipt')).toBe(false)
      origin.behave = works
      expect(await (await call('/before', { headers: { authorization } })).text()).toBe('sold')
      expect((await call('/before', { headers: { authorization } })).status).toBe(402)
    })
    expect(gained).toBe(PRICE)
  })
})

describe('a route that costs nothing', () => {
  it('asks for a proof of a wallet, takes each proof once, and moves no money', async () => {
    const challenge = await call('/proof')
    expect(challenge.status).toBe(402)
    const authorization = await wallets.payer('pull').createCredential(challenge)
    const gained = await gain(async () => {
      const response = await call('/proof', { headers: { authorization } })
      expect(response.status).toBe(200)
      expect(response.headers.has('payment-receipt')).toBe(true)
      expect((await call('/proof', { headers: { authorization } })).status).toBe(402)
    })
    expect(gained).toBe(0n)
    expect(rpc.asked.filter((method) => method.startsWith('eth_send'))).toEqual([])
  })

  it('does not take the proof of somebody else', async () => {
    const credential = await credentialFor('/proof')
    const decoded = JSON.parse(Buffer.from(credential.slice(8), 'base64url').toString())
    const source = decoded.source.replace(/0x[0-9a-fA-F]{40}$/, `0x${'1'.repeat(40)}`)
    const forged = Buffer.from(JSON.stringify({ ...decoded, source })).toString('base64url')
    const response = await call('/proof', { headers: { authorization: `Payment ${forged}` } })
    expect(response.status).toBe(402)
    expect(origin.bodies).toEqual([])
  })
})

describe('a route with a header of its own for payments', () => {
  it('says so in the challenge, and is paid by the unmodified client', async () => {
    const challenge = await call('/header')
    expect(challenge.headers.get('www-authenticate')).toContain('header="Payment-Authorization"')
    const gained = await gain(async () => {
      expect((await wallets.payer('pull').fetch(`${workers.url}/header`)).status).toBe(200)
    })
    expect(gained).toBe(PRICE)
  })

  it('takes a payment only in the field that its challenge names, and no other route takes it there', async () => {
    const payment = await credentialFor('/header')
    const usual = await credentialFor('/after')
    const gained = await gain(async () => {
      const refused = await call('/header', { headers: { authorization: payment } })
      expect(refused.status).toBe(402)
      expect(refused.headers.get('www-authenticate')).toContain('header="Payment-Authorization"')
      const elsewhere = await call('/after', { headers: { 'payment-authorization': usual } })
      expect(elsewhere.status).toBe(402)
      expect(origin.bodies).toEqual([])
    })
    expect(gained).toBe(0n)
    const paid = await call('/header', { headers: { 'payment-authorization': payment } })
    expect(paid.status).toBe(200)
  })

  it('answers an invalid key with 401, though a payment comes with it', async () => {
    const payment = await credentialFor('/header')
    const headers = { 'payment-authorization': payment, 'x-api-key': 'nonsense' }
    const gained = await gain(async () => {
      expect((await call('/header', { headers })).status).toBe(401)
    })
    expect(gained).toBe(0n)
  })
})

describe('the ledger', () => {
  it('does not take the claim: 503, no origin is asked, nothing is charged or used up', async () => {
    const authorization = await credentialFor('/after')
    const gained = await gain(async () => {
      await workers.database.exec('alter table ledger_entries rename to gone')
      const refused = await call('/after', { headers: { authorization } })
      await workers.database.exec('alter table gone rename to ledger_entries')
      expect(refused.status).toBe(503)
      expect(await refused.json()).toMatchObject({ error: 'service_unavailable' })
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(origin.bodies).toEqual([])
    })
    expect(gained).toBe(0n)
    expect((await call('/after', { headers: { authorization } })).status).toBe(200)
  })

  it('sums to zero after all of this, and nothing is left held', async () => {
    await expect.poll(() => workers.ledgerSums(), PATIENCE).toEqual({ sum: 0, held: 0 })
  })
})
