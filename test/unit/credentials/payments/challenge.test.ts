/** Challenges: their ids, which changes are noticed, what they are bound to, and their header. */
import { describe, expect, it } from 'vitest'
import type { Challenge } from '../../../../src/contract/wire.ts'
import {
  bindingOf,
  bindingOfChallenge,
  type ChallengeKey,
  type ChallengeParameters,
  challengeId,
  encodeJson,
  isOurs,
  issueChallenge,
  serializeChallenge,
} from '../../../../src/credentials/payments/challenge.ts'
import { fromBase64url, hmacBase64url, hmacKey } from '../../../../src/lib/bytes.ts'
import type { Json } from '../../../../src/lib/canonicalJson.ts'

const REQUEST = encodeJson({ amount: '150', currency: '0x1234', methodDetails: { chainId: 4217 } })
const TEMPLATE = {
  realm: 'gateway.test',
  method: 'tempo',
  intent: 'charge',
  request: REQUEST,
  header: undefined,
}
const ASKED: ChallengeParameters = {
  binding: 'what-is-bought',
  digest: undefined,
  expiresAt: Date.UTC(2026, 1, 24, 10, 30),
}

const keyOf = async (kid: string): Promise<ChallengeKey> => {
  return { kid, key: await hmacKey(`a secret named ${kid} of at least 32 bytes`) }
}
const issued = async (asked: Partial<ChallengeParameters> = {}, kid = 'k1') =>
  issueChallenge(TEMPLATE, { ...ASKED, ...asked }, await keyOf(kid))

describe('the public vectors of challenge ids (mpp-tools, conformance/challenge-id.json)', () => {
  const full = { amount: '1000000', currency: '0x1234', methodDetails: { chainId: 42431 } }
  const digest = 'sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE'

  it.each<[what: string, request: Json, more: Partial<Challenge>, id: string]>([
    ['plain', { amount: '1000000' }, {}, '6QDs0BmhrI_v67iWeCMvGqQJEFQ6ErWKlk7zi5xL6t0'],
    [
      'expires',
      { amount: '1000000' },
      { expires: '2025-01-06T12:00:00Z' },
      'ZcHgfEi5_Qyda9NQwUzamsCgCcWXw6N6EH2NLyaSTlg',
    ],
    ['digest', { amount: '1000000' }, { digest }, 'vwnOtW2kwdujK9_uC_taI2e6Jwq86Jwogvq9m--i8eQ'],
    [
      'opaque',
      { amount: '1000000' },
      { opaque: 'trace-123' },
      '1XJ-Ti0DACNe3E1zHvwH6OdnKlhUx6xKxDbhJyexng4',
    ],
    [
      'the default header, which is no slot',
      { amount: '1000000' },
      { header: 'Authorization' },
      '6QDs0BmhrI_v67iWeCMvGqQJEFQ6ErWKlk7zi5xL6t0',
    ],
    // Computed by the draft's own recipe: the vectors have the slot before `opaque`.
    [
      'header, the eighth slot of draft -01',
      { amount: '1000000' },
      { header: 'Payment-Authorization' },
      'vIwiTaU-7OGVC7LGBYFtgQZMo4d0qIvILb62cBlJiyU',
    ],
    ['an empty request', {}, {}, 'SMpxo_gPWGquX9vAZ-b_OIPsHO3kfdY2s73946Mnwc0'],
    ['a full request', full, {}, 'W8sYOWDDrcuRcku27vjJoqLX0uAnBmql7qAOuQwdmPo'],
  ])('%s', async (_what, request, more, id) => {
    const key = await hmacKey('test-vector-secret-minimum-32-byte-secret')
    const named = { realm: 'api.example.com', method: 'tempo', intent: 'charge' }
    expect(await challengeId(key, { ...named, request: encodeJson(request), ...more })).toBe(id)
  })
})

it('a challenge that was issued with the header before `opaque` is still ours, unchanged', async () => {
  const text = 'the secret of a challenge that was issued before'
  const key = { kid: 'k1', key: await hmacKey(text) }
  const header = 'Payment-Authorization'
  const { id: _, ...parts } = await issueChallenge({ ...TEMPLATE, header }, ASKED, key)
  const { realm, method, intent, request, expires, opaque } = parts
  const slots = [realm, method, intent, request, expires, '', header, opaque].join('|')
  const former = { id: await hmacBase64url(key.key, slots), ...parts }
  expect(await isOurs(former, [key])).toBe(true)
  const { header: __, ...without } = former
  for (const changed of [{ ...former, header: 'X-Payment' }, { ...former, digest: 'x' }, without])
    expect(await isOurs(changed, [key])).toBe(false)
})

describe('a challenge that is issued', () => {
  it('holds what it was made of, and when it expires', async () => {
    const challenge = await issued({ digest: 'sha-256=:AA==:' })
    expect(challenge).toEqual({
      id: expect.stringMatching(/^[\w-]{43}$/),
      realm: 'gateway.test',
      method: 'tempo',
      intent: 'charge',
      request: REQUEST,
      expires: '2026-02-24T10:30:00.000Z',
      opaque: expect.any(String),
      digest: 'sha-256=:AA==:',
    })
    const opaque = JSON.parse(fromBase64url(challenge.opaque ?? '', 512) ?? '')
    expect(opaque).toEqual({
      k: 'k1',
      n: expect.stringMatching(/^[0-9a-f-]{36}$/),
      s: 'what-is-bought',
    })
  })

  it('has no digest without a body, and a header only if the route asks for it', async () => {
    expect(await issued()).not.toHaveProperty('digest')
    expect(await issued()).not.toHaveProperty('header')
    const template = { ...TEMPLATE, header: 'Payment-Authorization' }
    const key = await keyOf('k1')
    const challenge = await issueChallenge(template, ASKED, key)
    expect(challenge.header).toBe('Payment-Authorization')
    expect(await isOurs(challenge, [key])).toBe(true)
  })

  it('is never issued twice, even for the same parameters in the same millisecond', async () => {
    const ids = await Promise.all(Array.from({ length: 1000 }, async () => (await issued()).id))
    expect(new Set(ids).size).toBe(1000)
  })

  it('gives its binding back', async () => {
    expect(bindingOfChallenge(await issued({ binding: 'GET /a' }))).toBe('GET /a')
  })
})

describe('isOurs', () => {
  it('recognises a challenge of any active key, and of no other key', async () => {
    const [old, current, foreign] = await Promise.all(['k1', 'k2', 'k3'].map(keyOf))
    if (!old || !current || !foreign) throw new Error('no keys')
    const [before, after] = [await issued({}, 'k1'), await issued({}, 'k2')]
    expect(await isOurs(before, [current, old])).toBe(true)
    expect(await isOurs(after, [current, old])).toBe(true)
    expect(await isOurs(before, [current])).toBe(false) // the rotation is over
    expect(await isOurs(before, [])).toBe(false)
    expect(await isOurs(before, [foreign])).toBe(false)
  })

  it('another secret of the same name is another key', async () => {
    const { key } = await keyOf('k2')
    expect(await isOurs(await issued(), [{ kid: 'k1', key }])).toBe(false)
  })

  it.each<[part: string, change: (challenge: Challenge) => Partial<Challenge>]>([
    ['id', ({ id }) => ({ id: id.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A')) })],
    ['a shorter id', ({ id }) => ({ id: id.slice(0, -1) })],
    ['an empty id', () => ({ id: '' })],
    ['realm', () => ({ realm: 'other.test' })],
    ['method', () => ({ method: 'evm' })],
    ['intent', () => ({ intent: 'session' })],
    ['request', () => ({ request: encodeJson({ amount: '1' }) })],
    ['expires later', () => ({ expires: '2099-01-01T00:00:00.000Z' })],
    ['the same expires in other words', () => ({ expires: '2026-02-24T10:30:00Z' })],
    ['no expires', () => ({ expires: '' })],
    ['digest', () => ({ digest: 'sha-256=:AB==:' })],
    ['no digest', () => ({ digest: '' })],
    ['header', () => ({ header: 'Payment-Authorization' })],
    ['another binding', () => ({ opaque: encodeJson({ k: 'k1', n: '0'.repeat(24), s: 'other' }) })],
    ['padding of opaque', ({ opaque }) => ({ opaque: `${opaque}=` })],
    ['no opaque', () => ({ opaque: '' })],
    ['an opaque that is no JSON', () => ({ opaque: 'trace-123' })],
    ['an opaque that is null', () => ({ opaque: encodeJson(null) })],
    [
      'an opaque that is too long',
      () => ({ opaque: encodeJson({ k: 'k1', n: '', s: 'x' }).repeat(40) }),
    ],
    ['an opaque without a nonce', () => ({ opaque: encodeJson({ k: 'k1', s: 'what-is-bought' }) })],
  ])('recognises no challenge after a change: %s', async (_part, change) => {
    const keys = [await keyOf('k1')]
    const challenge = await issued({ digest: 'sha-256=:AA==:' })
    expect(await isOurs(challenge, keys)).toBe(true)
    expect(await isOurs({ ...challenge, ...change(challenge) }, keys)).toBe(false)
  })

  it('ignores the description, which is for people', async () => {
    const challenge = { ...(await issued()), description: 'one call' }
    expect(await isOurs(challenge, [await keyOf('k1')])).toBe(true)
  })

  // Once a bug (harmless, because `charge` compares every part with the offer): the slots of an id
  // are joined by "|", so that with a slot for the header a part that contains "|" can stand for
  // two parts.
  it.each<[part: string, moved: (challenge: Challenge) => Partial<Challenge>]>([
    [
      'realm',
      ({ request, expires = '' }) => ({
        realm: 'gateway.test|tempo',
        method: 'charge',
        intent: request,
        request: expires,
        expires: '',
        digest: 'Payment-Authorization',
        header: 'Authorization',
      }),
    ],
    ['digest', () => ({ digest: '|Payment-Authorization', header: 'Authorization' })],
  ])('recognises no challenge whose %s contains the next part', async (_part, moved) => {
    const key = await keyOf('k1')
    const template = { ...TEMPLATE, header: 'Payment-Authorization' }
    const challenge = await issueChallenge(template, ASKED, key)
    expect(await isOurs({ ...challenge, ...moved(challenge) }, [key])).toBe(false)
  })
})

describe('bindingOf', () => {
  const target = '/api/v1/a?x=1'

  it('gives the call itself, or a hash if that is too long, and always the same for the same call', async () => {
    expect(await bindingOf('GET', 'GET /a', target)).toBe(`GET GET /a ${target}`)
    const long = `${target}${'&y=2'.repeat(100)}`
    const name = await bindingOf('GET', 'GET /a', long)
    expect(name).toMatch(/^[\w-]{22}$/)
    expect(await bindingOf('GET', 'GET /a', long)).toBe(name)
    expect(await bindingOf('GET', 'GET /a', `${long}&`)).not.toBe(name)
    expect(await bindingOf('GET', 'GET /a', '/ä')).toMatch(/^[\w-]{22}$/)
  })

  it('gives the same binding for HEAD and GET', async () => {
    const binding = await bindingOf('GET', 'GET /a', target)
    expect(await bindingOf('HEAD', 'GET /a', target)).toBe(binding)
  })

  it.each([
    ['method', 'POST', 'GET /a', target],
    ['method in another case', 'get', 'GET /a', target],
    ['route', 'GET', 'GET /:id', target],
    ['path', 'GET', 'GET /a', '/api/v1/b?x=1'],
    ['query', 'GET', 'GET /a', '/api/v1/a?x=2'],
    ['no query', 'GET', 'GET /a', '/api/v1/a'],
    ['order of the query', 'GET', 'GET /a', '/api/v1/a?x=1&'],
  ])('gives another binding after a change: %s', async (_what, method, route, other) => {
    const binding = await bindingOf('GET', 'GET /a', target)
    expect(await bindingOf(method, route, other)).not.toBe(binding)
  })
})

describe('serializeChallenge', () => {
  const plain = { id: 'i', realm: 'r', method: 'tempo', intent: 'charge', request: 'e30' }

  it('writes one scheme with quoted parameters, and leaves out absent parameters', () => {
    expect(serializeChallenge(plain)).toBe(
      'Payment id="i", realm="r", method="tempo", intent="charge", request="e30"',
    )
  })

  it.each([
    ['a "quoted" word', String.raw`description="a \"quoted\" word"`],
    [String.raw`a back\slash`, String.raw`description="a back\\slash"`],
    [String.raw`\"`, String.raw`description="\\\""`],
    ['a, b="c"', String.raw`description="a, b=\"c\""`],
  ])('a quote does not end a parameter: %s', (description, expected) => {
    expect(serializeChallenge({ ...plain, description })).toMatch(/, description=".*"$/)
    expect(serializeChallenge({ ...plain, description })).toContain(`, ${expected}`)
  })

  it('keeps an issued challenge below 1,000 characters', async () => {
    const header = serializeChallenge(await issued({ digest: `sha-256=:${'A'.repeat(43)}=:` }))
    expect(new Headers({ 'www-authenticate': header }).get('www-authenticate')).toBe(header)
    expect(header.length).toBeLessThan(1000)
  })
})
