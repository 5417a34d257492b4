/**
 * `/openapi.json` from the route table: OpenAPI 3.1, with the extensions of draft-payment-discovery-00
 * (sections 4.3 to 4.5). Pure: of prices it says what it is given.
 */

import type { Config, Route } from '../../config/config.ts'
import type { CredentialKind } from '../../config/file.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { Problem, type ProblemCode } from '../../http/problem.ts'
import { type Operation, operationsOf } from './operations.ts'

/** What is published of an offer; the rest is the challenge's. */
export interface PublishedOffer {
  method: string
  intent: string
  /** For one call, or for one `unit`, in the currency's smallest unit. */
  amount: string
  /** What one result is, and how many a call can hold at most, on a row that is sold by the result. */
  unit?: string
  most?: number
  currency: string
  recipient: string
  chainId: number
  /** Of the currency. */
  decimals: number
  /** The currency's EIP-712 domain, where payers need it to sign. */
  domain?: { name: string; version: string }
}

/** The offers that a row's challenges are made from; none for a row that is not for sale. */
export type OffersOf = (route: Route) => readonly PublishedOffer[]

const DESCRIPTION = [
  'Every path that the gateway guards, from the table that it routes by. HEAD is answered wherever GET is.',
  'What a path takes and answers is up to the service behind it, and passes through as it is.',
  'A price is a hint: the challenge of the 402 is what counts.',
].join(' ')

/** The document. Its paths are whole: readers of prices join them to the origin, whatever `servers` says. */
export function openApiOf(config: Config, offersOf: OffersOf) {
  const { publicUrl, realm } = config
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operationsOf(config)) {
    const { path, parameters, method, route } = operation
    paths[path] ??= parameters.length === 0 ? {} : { parameters: parameters.map(parameterOf) }
    paths[path][method.toLowerCase()] = operationOf(operation, offersOf(route))
  }
  return {
    openapi: '3.1.0',
    info: { title: realm, version: '1.0.0', description: DESCRIPTION },
    servers: [{ url: publicUrl }],
    'x-service-info': { docs: { llms: `${publicUrl}/llms.txt` } },
    paths,
    components: {
      securitySchemes: securitySchemesOf(config),
      schemas: { Problem: PROBLEM, PaymentProblem: PAYMENT_PROBLEM },
      requestBodies: { any: { content: { '*/*': {} } } },
      responses: RESPONSES,
    },
  }
}

/** "$0.00015 a call", or "$0.00015 for each tweet, at most 100 a call". */
export function priceInWords({ amount, decimals, unit, most }: PublishedOffer): string {
  const digits = amount.padStart(decimals + 1, '0')
  const point = digits.length - decimals
  const fraction = digits.slice(point).replace(/0+$/, '')
  const price = `$${digits.slice(0, point)}${fraction === '' ? '' : `.${fraction}`}`
  return unit === undefined
    ? `${price} a call`
    : `${price} for each ${unit}, at most ${most} a call`
}

/** The example is there for probers, which fill it in to see the challenge. */
function parameterOf({ name, isRest }: Operation['parameters'][number]) {
  const common = { name, in: 'path', required: true, schema: { type: 'string' } }
  return isRest
    ? { ...common, description: 'Everything below: one segment or more, with the slashes.' }
    : { ...common, example: '1' }
}

function operationOf(operation: Operation, offers: readonly PublishedOffer[]) {
  const { id, method, route } = operation
  return {
    operationId: id,
    summary: route.id,
    security: route.auth.map((kind) => securityOf(kind, route)),
    ...(offers.length === 0 ? {} : { 'x-payment-info': { offers: offers.map(paymentOffer) } }),
    ...(/^(?:POST|PUT|PATCH)$/.test(method) ? { requestBody: reference('requestBodies/any') } : {}),
    responses: responsesOf(operation, offers.length > 0),
  }
}

/** Just the members that the draft's JSON schema allows (appendix C): no recipient. */
function paymentOffer(offer: PublishedOffer) {
  const { intent, method, amount, currency } = offer
  return { intent, method, amount, currency, description: priceInWords(offer) }
}

/**
 * A row that names all that is below a path is listed ten times, and says its refusals in one: a registry
 * may read no more than 64 KB (draft-payment-discovery-00 appendix A.1).
 */
function responsesOf({ route, method, parameters }: Operation, isForSale: boolean) {
  const isRead = method === 'GET' || method === 'HEAD'
  const codes = [
    route.auth.includes('anonymous') ? [] : ['401'],
    route.auth.includes('session') && (!isRead || route.websocket) ? ['403'] : [],
    parameters.length > 0 ? ['404'] : [],
    'origin' in route.target ? ['429', '502', '503', '504'] : ['429', '503'],
  ].flat()
  const refusals = route.segments.at(-1) === '*' ? [] : codes
  const listed = isForSale ? ['402', ...refusals] : refusals
  return {
    '2XX': reference(`responses/${isForSale ? 'paid' : 'answer'}`),
    ...Object.fromEntries(listed.map((code) => [code, reference(`responses/${code}`)])),
    default: reference('responses/other'),
  }
}

const reference = (place: string) => ({ $ref: `#/components/${place}` })

const SCHEMES: Record<Exclude<CredentialKind, 'anonymous'>, string> = {
  api_key: 'apiKey',
  session: 'session',
  oauth: 'token',
  payment: 'payment',
}

function securityOf(kind: CredentialKind, { price, scope }: Route): Record<string, string[]> {
  if (kind === 'anonymous') return {}
  if (kind === 'oauth' && scope !== null) return { token: [scope] }
  const name = kind === 'payment' && price?.paymentHeader ? 'paymentHeader' : SCHEMES[kind]
  return { [name]: [] }
}

function securitySchemesOf(config: Config) {
  const all = {
    apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
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

/** By OAuth, for what can do it; else just a header. */
function tokenScheme({ publicUrl, oauth }: Config) {
  if (oauth === null) return { type: 'http', scheme: 'bearer' }
  const tokenUrl = publicUrl + OWN_PATHS.token
  const authorizationCode = {
    authorizationUrl: publicUrl + OWN_PATHS.authorize,
    tokenUrl,
    refreshUrl: tokenUrl,
    scopes: { [oauth.scope]: 'What the account may do, but for its keys and grants.' },
  }
  return { type: 'oauth2', flows: { authorizationCode } }
}

const TEXT = { type: 'string' }
const PROBLEM = {
  type: 'object',
  required: ['error', 'message'],
  properties: {
    error: { type: 'string', description: 'For programs: a code in snake_case.' },
    message: { type: 'string', description: 'For people.' },
    retryAfter: { type: 'integer', description: 'Seconds, with a 429.' },
  },
}
/** RFC 9457. */
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

const header = (description: string) => ({ description, schema: TEXT })
const RETRY_AFTER = { 'Retry-After': header('Seconds to wait.') }
const CHALLENGE = { 'WWW-Authenticate': header('What would be let in.') }

const RESPONSES = {
  answer: { description: 'The answer.' },
  paid: {
    description: 'The answer; with a receipt if it was paid for.',
    headers: {
      'Payment-Receipt': header('base64url of JSON: status, method, reference, timestamp.'),
    },
  },
  other: problemResponse(
    "Any other status: a refusal of the gateway's (400, 401, 403, 404, 413, 429, 5xx), or the service's own answer.",
  ),
  401: problemResponse(problemMessage('unauthenticated'), CHALLENGE),
  402: {
    description: problemMessage('payment_required'),
    headers: { 'WWW-Authenticate': header('Payment challenges.') },
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

function problemMessage(code: ProblemCode): string {
  return new Problem(code).message
}
