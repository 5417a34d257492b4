/**
 * The components of `/openapi.json` that operations refer to: security schemes, schemas and
 * responses.
 */

import type { Config, Route } from '../../config/config.ts'
import type { CredentialKind } from '../../config/file.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { Problem, type ProblemCode } from '../../http/problem.ts'
import { LOCALES } from '../../lib/locale.ts'

/** The `components` object of the document. */
export function componentsOf(config: Config) {
  return {
    securitySchemes: securitySchemesOf(config),
    schemas: { Problem: PROBLEM, PaymentProblem: PAYMENT_PROBLEM, Account: ACCOUNT },
    requestBodies: { any: { content: { '*/*': {} } } },
    responses: RESPONSES,
  }
}

/** A reference to a component, "responses/402". */
export const reference = (place: string) => ({ $ref: `#/components/${place}` })

/** The names of the security schemes. */
const SCHEMES: Record<Exclude<CredentialKind, 'anonymous'>, string> = {
  api_key: 'apiKey',
  session: 'session',
  oauth: 'token',
  payment: 'payment',
}

/** The security requirement of one kind of credential on a route (OpenAPI 3.1 section 4.8.30). */
export function securityOf(
  kind: CredentialKind,
  { price, scope }: Route,
): Record<string, string[]> {
  if (kind === 'anonymous') return {}
  if (kind === 'oauth' && scope !== null) return { token: [scope] }
  const name = kind === 'payment' && price?.paymentHeader ? 'paymentHeader' : SCHEMES[kind]
  return { [name]: [] }
}

/** The schemes that the routes use, and no others. */
function securitySchemesOf(config: Config) {
  const all = {
    apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: keyPlaces(config) },
    session: { type: 'apiKey', in: 'cookie', name: config.sessions.cookie },
    token: tokenScheme(config),
    payment: { type: 'http', scheme: 'payment' },
    paymentHeader: { type: 'apiKey', in: 'header', name: 'Payment-Authorization' },
  }
  const used = new Set(
    config.routes.flatMap((route) => {
      return route.auth.flatMap((kind) => Object.keys(securityOf(kind, route)))
    }),
  )
  return Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)))
}

/** The other places that a key may be sent in. */
function keyPlaces({ apiKeys }: Config): string {
  const aliases = apiKeys.headers.slice(1).map((name) => `in ${name}, or `)
  return `A key may also be sent ${aliases.join('')}as Authorization: Bearer. Never in a query.`
}

/** How to get a token by OAuth, if the config issues tokens; else only the header. */
function tokenScheme({ publicUrl, oauth }: Config) {
  if (oauth === null) return { type: 'http', scheme: 'bearer' }
  const tokenUrl = publicUrl + OWN_PATHS.token
  const authorizationCode = {
    authorizationUrl: publicUrl + OWN_PATHS.authorize,
    tokenUrl,
    refreshUrl: tokenUrl,
    scopes: Object.assign({}, ...oauth.resources.map((resource) => resource.scopes)),
  }
  return { type: 'oauth2', flows: { authorizationCode } }
}

const TEXT = { type: 'string' }
const PROBLEM = {
  type: 'object',
  required: ['error', 'message'],
  properties: {
    error: { type: 'string', description: 'The code, for programs: snake_case.' },
    message: { type: 'string', description: 'The explanation, for people.' },
    retryAfter: { type: 'integer', description: 'With a 429: seconds to wait.' },
  },
}
/** The problem details of a 402 (RFC 9457 section 3.1). */
const PAYMENT_PROBLEM = {
  allOf: [reference('schemas/Problem')],
  required: ['type', 'title', 'status', 'detail', 'challengeId'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: TEXT,
    status: { const: 402 },
    detail: TEXT,
    challengeId: TEXT,
  },
}

const COUNT = { type: 'integer' }
const REQUESTS = { requests: COUNT, lastHour: COUNT }
/** The gateway's members of `GET /account` (docs/keys.md); an origin may add others. */
const ACCOUNT = {
  type: 'object',
  required: ['plan', 'locale', 'usage'],
  properties: {
    plan: { enum: ['active', 'inactive'] },
    locale: { enum: [...LOCALES] },
    usage: {
      type: 'object',
      properties: {
        key: { type: 'object', properties: { id: TEXT, ...REQUESTS, lastUsedAt: TEXT } },
        account: {
          type: 'object',
          properties: { ...REQUESTS, activeKeys: COUNT, apiKeyLimit: COUNT },
        },
      },
    },
    partial: { type: 'boolean' },
  },
}

const header = (description: string) => ({ description, schema: TEXT })
const RETRY_AFTER = { 'Retry-After': header('Seconds to wait.') }
/** Answers to a payment say what has become of the money (docs/payments.md). */
const PAYMENT_STATUS = { 'Payment-Status': header('What has become of the payment (RFC 9651).') }
const CHALLENGE = { 'WWW-Authenticate': header('The credentials that this path takes.') }

const RESPONSES = {
  ok: { description: 'The answer.' },
  account: {
    description: 'The account.',
    content: { 'application/json': { schema: reference('schemas/Account') } },
  },
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
  401: problemResponse(problemMessage('unauthenticated'), CHALLENGE),
  402: {
    description: problemMessage('payment_required'),
    headers: { 'WWW-Authenticate': header('Payment challenges.'), ...PAYMENT_STATUS },
    content: { 'application/problem+json': { schema: reference('schemas/PaymentProblem') } },
  },
  403: problemResponse('The caller may not do this.'),
  404: problemResponse(problemMessage('not_found')),
  429: problemResponse(problemMessage('rate_limit_exceeded'), RETRY_AFTER),
  502: problemResponse(problemMessage('origin_unavailable')),
  503: problemResponse(problemMessage('service_unavailable'), RETRY_AFTER),
  504: problemResponse(problemMessage('origin_timeout')),
}

function problemResponse(description: string, headers = {}) {
  const content = { 'application/json': { schema: reference('schemas/Problem') } }
  return { description, headers, content }
}

/** The sentence of a code, as the gateway answers it by default. */
function problemMessage(code: ProblemCode): string {
  return new Problem(code).message
}
