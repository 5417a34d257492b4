/**
 * The protocol's public flows (mpp-tools, conformance/flows/flows.json, version 1.0.0) and server
 * verification cases (conformance/server-verification/cases.json), by their names, over HTTP, on a
 * gateway with a real chain. The runners of mpp-tools test clients against a server of their own;
 * here the server is ours, and the client is mppx's.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Challenge } from '../../src/contract/wire.ts'
import { challengeId, encodeJson } from '../../src/credentials/payments/challenge.ts'
import { hmacKey, sha256Hex } from '../../src/lib/bytes.ts'
import {
  decode,
  encode,
  type PaidGateway,
  PRICE,
  receiptOf,
  startPaidGateway,
} from '../support/node/paidGateway.ts'
import { HEALTH_SECRET } from '../support/node/workers.ts'

const PROBLEMS = 'https://paymentauth.org/problems/'

let gateway: PaidGateway
beforeAll(async () => {
  gateway = await startPaidGateway()
})
afterAll(() => gateway.end())
beforeEach(() => gateway.reset())

const post = (body: string, headers: Record<string, string> = {}): RequestInit => {
  return { method: 'POST', body, headers }
}
const pay = (authorization: string, path = '/after', init: RequestInit = {}) =>
  gateway.call(path, { ...init, headers: { ...init.headers, authorization } })
const challengeOf = (response: Response): Challenge => {
  const header = response.headers.get('www-authenticate') ?? ''
  const parts = [...header.matchAll(/([a-z]+)="([^"]*)"/g)]
  return Object.fromEntries(parts.map(([, name, value]) => [name, value])) as never
}

/** Expects the protocol's refusal: 402, a fresh challenge, a problem, no receipt, no origin. */
async function isRefused(response: Response, problem: string): Promise<void> {
  expect(response.status).toBe(402)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.has('payment-receipt')).toBe(false)
  expect(await response.json()).toMatchObject({ type: PROBLEMS + problem, status: 402 })
  expect(challengeOf(response).id).toMatch(/^[\w-]{43}$/)
  expect(gateway.origin.seen).toEqual([])
}

/** Expects a sale: exactly the price, one call of the origin, a receipt. */
async function isSold(work: () => Promise<Response>): Promise<Response> {
  let response = new Response()
  const gained = await gateway.gain(async () => {
    response = await work()
  })
  expect([response.status, gained, gateway.origin.seen.length]).toEqual([200, PRICE, 1])
  expect(receiptOf(response)).toMatchObject({ status: 'success', method: 'tempo' })
  return response
}

/** A credential for a challenge that our own key signed, with these parameters changed. */
async function signed(changes: Partial<Record<keyof Challenge, string | undefined>>) {
  const { id: _, ...fresh } = challengeOf(await gateway.call('/after'))
  const changed = Object.entries({ ...fresh, ...changes }).filter(([, part]) => part !== undefined)
  const parts = Object.fromEntries(changed) as unknown as Omit<Challenge, 'id'>
  const id = await challengeId(await hmacKey(gateway.workers.secrets.PAYMENT_SECRET), parts)
  const payload = { type: 'hash', hash: await hashOfAnother() }
  return encode({ challenge: { id, ...parts }, payload })
}

/** The transaction of a payment for another challenge: a proof that is wrong. */
async function hashOfAnother(): Promise<string> {
  const challenge = await gateway.call('/after')
  const { payload } = decode(await gateway.wallets.payer('push').createCredential(challenge))
  return payload.hash
}

// First, so that no payment of another case has a question to the chain still on its way.
describe('server verification', () => {
  it('valid_credential_verified', async () => {
    await isSold(async () => pay(await gateway.credentialFor('/after')))
  })

  it.each<[name: string, changes: Parameters<typeof signed>[0], problem: string]>([
    [
      'missing_credential_expires_rejected_with_route_expiry',
      { expires: undefined },
      'invalid-challenge',
    ],
    ['expired_credential_rejected', { expires: '2020-01-01T00:00:00Z' }, 'payment-expired'],
    ['realm_mismatch_rejected', { realm: 'other.example.com' }, 'invalid-challenge'],
    [
      'request_mismatch_rejected',
      { request: encodeJson({ amount: '101', currency: '0xabc', recipient: '0xdef' }) },
      'invalid-challenge',
    ],
  ])('%s, though our own key signed it', async (_, changes, problem) => {
    await isRefused(await pay(await signed(changes)), problem)
    expect(gateway.rpc.asked).toEqual([])
  })

  it('tampered_challenge_id_rejected', async () => {
    const credential = decode(await signed({}))
    const tampered = { ...credential, challenge: { ...credential.challenge, id: 'A'.repeat(43) } }
    await isRefused(await pay(encode(tampered)), 'invalid-challenge')
    expect(gateway.rpc.asked).toEqual([])
  })

  it('intent_verification_error_reported', async () => {
    await isRefused(await pay(await signed({})), 'verification-failed')
  })
})

describe('flows', () => {
  it('success_charge', async () => {
    const response = await isSold(async () => pay(await gateway.credentialFor('/after')))
    expect(await response.text()).toBe('sold')
    expect(receiptOf(response).reference).toMatch(/^0x[0-9a-f]{64}$/)
  })

  it.each(['verification_error', 'problem_details_verification_failed'])('%s', async () => {
    const { challenge, source } = decode(await gateway.credentialFor('/after'))
    const payload = { type: 'hash', hash: await hashOfAnother() }
    const gained = await gateway.gain(async () =>
      isRefused(await pay(encode({ challenge, payload, source })), 'verification-failed'),
    )
    expect(gained).toBe(0n)
  })

  it('invalid_payload', async () => {
    const { challenge } = decode(await gateway.credentialFor('/after'))
    const payload = { type: 'transaction', signature: 'not-hex' }
    await isRefused(await pay(encode({ challenge, payload })), 'verification-failed')
  })

  it.each(['expired_challenge', 'problem_details_expired'])('%s', async () => {
    const expired = await signed({ expires: new Date(Date.now() - 1000).toISOString() })
    await isRefused(await pay(expired), 'payment-expired')
  })

  it.each(['missing_authorization', 'problem_details_missing_auth'])('%s', async () => {
    await isRefused(await gateway.call('/after'), 'payment-required')
    expect(gateway.rpc.asked).toEqual([])
  })

  it('mismatched_request', async () => {
    const credential = decode(await gateway.credentialFor('/after'))
    const request = encodeJson({ amount: '1', currency: '0x1', recipient: '0x2' })
    const tampered = { ...credential, challenge: { ...credential.challenge, request } }
    await isRefused(await pay(encode(tampered)), 'invalid-challenge')
    expect(gateway.rpc.asked).toEqual([])
  })

  it('invalid_challenge_id', async () => {
    const credential = decode(await gateway.credentialFor('/after'))
    const tampered = { ...credential, challenge: { ...credential.challenge, id: 'invalid' } }
    await isRefused(await pay(encode(tampered)), 'invalid-challenge')
    expect(gateway.rpc.asked).toEqual([])
  })

  it('missing_challenge_expires_rejected', async () => {
    const credential = decode(await gateway.credentialFor('/after'))
    const { expires: _, ...challenge } = credential.challenge
    await isRefused(await pay(encode({ ...credential, challenge })), 'invalid-challenge')
  })

  it('no_receipt_header, a case for clients: here a failure has no receipt', async () => {
    gateway.origin.behave = (_, response) => void response.writeHead(500).end()
    const failed = await pay(await gateway.credentialFor('/after'))
    expect([failed.status, failed.headers.has('payment-receipt')]).toEqual([500, false])
  })

  it('invalid_www_authenticate, a case for clients: here every challenge can be read', async () => {
    const { id, realm, method, intent, request, expires } = challengeOf(
      await gateway.call('/after'),
    )
    expect([id, realm, method, intent, request].every((part) => part !== '')).toBe(true)
    expect([method, intent]).toEqual(['tempo', 'charge'])
    expect(Date.parse(expires ?? '')).toBeGreaterThan(Date.now())
    expect(JSON.parse(Buffer.from(request, 'base64url').toString()).amount).toBe(String(PRICE))
  })

  it('non_402_error', async () => {
    gateway.origin.behave = (_, response) => void response.writeHead(500).end('origin says no')
    const gained = await gateway.gain(async () => {
      const failed = await pay(await gateway.credentialFor('/after'))
      expect([failed.status, await failed.text()]).toEqual([500, 'origin says no'])
      expect(failed.headers.has('www-authenticate')).toBe(false)
    })
    expect(gained).toBe(0n)
  })

  it('free_endpoint', async () => {
    const health = await gateway.call('/health')
    expect([health.status, health.headers.has('www-authenticate')]).toEqual([200, false])
    const authorization = `Bearer ${HEALTH_SECRET}`
    const parts = await gateway.call('/health', { headers: { authorization } })
    const ok = { status: 'ok', ms: expect.any(Number) }
    // Routes of this gateway take "evm", and its payments Worker has no node of that chain.
    const evm = { ...ok, status: 'down', error: 'EVM_RPC_URL is not set' }
    expect([parts.status, await parts.json()]).toEqual([
      503,
      {
        status: 'down',
        parts: { d1: ok, kv: ok, accounts: ok, payments: ok, tempo: ok, evm },
      },
    ])
  })

  it('post_body_charge', async () => {
    const body = '{"data":"test payload"}'
    await isSold(async () =>
      pay(await gateway.credentialFor('/after', post(body)), '/after', post(body)),
    )
  })

  it('post_body_preserved_on_retry', async () => {
    const body = '{"items":[1,2,3]}'
    await isSold(() =>
      gateway.wallets.payer('pull').fetch(`${gateway.workers.url}/after`, post(body)),
    )
    expect(gateway.origin.seen[0]).toMatchObject({ method: 'POST', body })
  })

  it('body_digest_match', async () => {
    const body = '{"data":"digest-bound"}'
    const challenge = await gateway.call('/after', post(body))
    const hash = Buffer.from(await sha256Hex(body), 'hex').toString('base64')
    expect(challengeOf(challenge).digest).toBe(`sha-256=:${hash}:`)
    const authorization = await gateway.wallets.payer('pull').createCredential(challenge)
    await isSold(() => pay(authorization, '/after', post(body)))
  })

  it('body_digest_mismatch', async () => {
    const authorization = await gateway.credentialFor('/after', post('{"data":"original"}'))
    const changed = await pay(authorization, '/after', post('{"data":"changed"}'))
    await isRefused(changed, 'invalid-challenge')
  })

  it('cache_headers_success', async () => {
    gateway.origin.behave = (_, response) =>
      void response.writeHead(200, { 'cache-control': 'public, max-age=300' }).end('sold')
    const response = await isSold(async () => pay(await gateway.credentialFor('/after')))
    expect(response.headers.get('cache-control')).toBe('private, max-age=300')
  })

  it('problem_details_retry_after_no_receipt', async () => {
    gateway.rpc.fault = 'down'
    const response = await pay(await gateway.credentialFor('/after'))
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
    expect(response.headers.has('payment-receipt')).toBe(false)
    expect(gateway.origin.seen).toEqual([])
  })

  it('accept_payment_preference', async () => {
    const headers = { 'accept-payment': 'tempo/charge;q=0.9, stripe/charge;q=0.1' }
    const challenge = await gateway.call('/after', { headers })
    expect(challengeOf(challenge).method).toBe('tempo')
    const authorization = await gateway.wallets.payer('pull').createCredential(challenge)
    await isSold(() => pay(authorization))
  })

  it('same_origin_payment_request: a page of an allowed origin pays and reads the receipt', async () => {
    const origin = 'https://app.test'
    const asked = { origin, 'access-control-request-method': 'GET' }
    const headers = { ...asked, 'access-control-request-headers': 'authorization,accept-payment' }
    const preflight = await gateway.call('/after', { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(204)
    const response = await isSold(async () =>
      pay(await gateway.credentialFor('/after'), '/after', { headers: { origin } }),
    )
    expect(response.headers.get('access-control-expose-headers')).toMatch(/payment-receipt/i)
  })

  it('plain_payment_request: a client that cannot pay gets only the challenge', async () => {
    await isRefused(await gateway.call('/after'), 'payment-required')
  })

  it.each(['cross_origin_redirect_before_402_rejected', 'cross_origin_redirect_before_402_target'])(
    '%s: a payer is not redirected elsewhere before it has paid',
    async () => {
      gateway.origin.behave = (_, response) =>
        void response.writeHead(302, { location: 'https://elsewhere.test/' }).end()
      const init: RequestInit = { redirect: 'manual' }
      expect((await gateway.call('/after', init)).status).toBe(402)
      expect(gateway.origin.seen).toEqual([])
      const gained = await gateway.gain(async () => {
        const redirected = await pay(await gateway.credentialFor('/after'), '/after', init)
        expect([redirected.status, redirected.headers.has('payment-receipt')]).toEqual([302, false])
      })
      expect(gained).toBe(0n)
    },
  )

  it('idempotent_post_side_effect', async () => {
    const request = post('{"event":"create"}', { 'idempotency-key': 'idem-123' })
    const authorization = await gateway.credentialFor('/after', request)
    const first = await isSold(() => pay(authorization, '/after', request))
    const gained = await gateway.gain(async () => {
      await expect
        .poll(async () => {
          const again = await pay(authorization, '/after', request)
          return [again.status, await again.text(), again.headers.get('payment-receipt')]
        })
        .toEqual([200, await first.text(), first.headers.get('payment-receipt')])
    })
    expect([gained, gateway.origin.seen.length]).toEqual([0n, 1])
  })

  it('route_bound_basic_charge', async () => {
    await isSold(async () => pay(await gateway.credentialFor('/before'), '/before'))
  })

  it('cross_route_credential_replay_rejected', async () => {
    const authorization = await gateway.credentialFor('/after')
    await isRefused(await pay(authorization, '/before'), 'invalid-challenge')
  })

  it('query_bound_charge', async () => {
    const path = '/after?tier=basic'
    await isSold(async () => pay(await gateway.credentialFor(path), path))
    expect(gateway.origin.seen[0]?.target).toBe(path)
  })

  it('query_replay_rejected', async () => {
    const authorization = await gateway.credentialFor('/after?tier=basic')
    await isRefused(await pay(authorization, '/after?tier=premium'), 'invalid-challenge')
    await isRefused(await pay(authorization), 'invalid-challenge')
  })

  it('concurrent_replay_rejected', async () => {
    const authorization = await gateway.credentialFor('/after')
    const gained = await gateway.gain(async () => {
      const copies = Array.from({ length: 20 }, () => pay(authorization))
      const statuses = (await Promise.all(copies)).map(({ status }) => status)
      expect(statuses.filter((status) => status === 200)).toEqual([200])
      expect(statuses.every((status) => [200, 402, 503].includes(status))).toBe(true)
    })
    expect([gained, gateway.origin.seen.length]).toEqual([PRICE, 1])
  })

  it('discovery_document', async () => {
    const document = await (await gateway.call('/openapi.json')).json()
    expect(document.paths['/after'].get).toMatchObject({
      'x-payment-info': { offers: [{ intent: 'charge', method: 'tempo', amount: String(PRICE) }] },
      responses: { 402: expect.anything() },
    })
  })

  it('json_rpc_mcp_payment: a JSON-RPC body on a priced route is a call like any other', async () => {
    const rpc = '{"jsonrpc":"2.0","id":1,"method":"tools/call"}'
    await isSold(() =>
      gateway.wallets.payer('pull').fetch(`${gateway.workers.url}/after`, post(rpc)),
    )
    expect(gateway.origin.seen[0]?.body).toBe(rpc)
  })
})
