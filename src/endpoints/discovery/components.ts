/** The components of `/openapi.json` that operations refer to. */

import type { Config } from '../../config/config.ts'
import { Problem, type ProblemCode } from '../../http/problem.ts'
import { reference, SCHEMAS, schema } from './schemas.ts'
import { securitySchemesOf } from './security.ts'

/**
 * The `components` object of a document with these paths: what is referred to, directly or by
 * another component, and nothing else, because a client generator writes a type for each.
 */
export function componentsOf(config: Config, paths: object) {
  const all = { schemas: SCHEMAS, requestBodies: REQUEST_BODIES, responses: RESPONSES }
  const used = new Set<string>()
  const add = (value: unknown) => {
    for (const place of referencesIn(value)) {
      if (used.has(place)) continue
      used.add(place)
      const [kind = '', name = ''] = place.split('/')
      add(Object.entries<object>(all).find(([one]) => one === kind)?.[1][name as never])
    }
  }
  add(paths)
  const kinds = Object.entries(all).map(([kind, members]) => {
    const kept = Object.entries(members).filter(([name]) => used.has(`${kind}/${name}`))
    return [kind, Object.fromEntries(kept)]
  })
  return { securitySchemes: securitySchemesOf(config), ...Object.fromEntries(kinds) }
}

/** The components that a value refers to, as "responses/402". */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    return name === '$ref' ? [String(member).slice('#/components/'.length)] : referencesIn(member)
  })
}

const REQUEST_BODIES = { any: { content: { '*/*': {} } } }

const header = (description: string) => ({ description, schema: { type: 'string' } })
const RETRY_AFTER = { 'Retry-After': header('Seconds to wait.') }
/** Answers to a payment say what has become of the money (docs/payments.md). */
const PAYMENT_STATUS = { 'Payment-Status': header('What has become of the payment (RFC 9651).') }
const CHALLENGE = { 'WWW-Authenticate': header('The credentials that this path takes.') }

const RESPONSES = {
  ok: { description: 'The answer.' },
  paid: {
    description: 'The answer, with a receipt if the call was paid for.',
    headers: {
      'Payment-Receipt': header('base64url of JSON: status, method, reference, timestamp.'),
      ...PAYMENT_STATUS,
    },
  },
  other: problemResponse(
    'Any other status: an error of the gateway (400 to 431, 5xx), or an answer of the service.',
  ),
  oauth: {
    description: 'A refusal.',
    content: { 'application/json': { schema: schema('OAuthError') } },
  },
  401: problemResponse(problemMessage('unauthenticated'), CHALLENGE),
  402: {
    description: problemMessage('payment_required'),
    headers: { 'WWW-Authenticate': header('Payment challenges.'), ...PAYMENT_STATUS },
    content: { 'application/problem+json': { schema: schema('PaymentProblem') } },
  },
  403: problemResponse('The caller may not do this.'),
  404: problemResponse(problemMessage('not_found')),
  429: problemResponse(problemMessage('rate_limit_exceeded'), RETRY_AFTER),
  502: problemResponse(problemMessage('origin_unavailable')),
  503: problemResponse(problemMessage('service_unavailable'), RETRY_AFTER),
  504: problemResponse(problemMessage('origin_timeout')),
}

function problemResponse(description: string, headers = {}) {
  const content = { 'application/json': { schema: schema('Problem') } }
  return { description, headers, content }
}

/** The sentence of a code, as the gateway answers it by default. */
function problemMessage(code: ProblemCode): string {
  return new Problem(code).message
}

/** A reference to a response of this file. */
export const response = (name: keyof typeof RESPONSES) => reference(`responses/${name}`)
