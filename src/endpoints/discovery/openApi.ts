/**
 * `/openapi.json`: the route table as OpenAPI 3.1, with the extensions of
 * draft-payment-discovery-00 (sections 4.3 to 4.5).
 */

import type { Config } from '../../config/config.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { componentsOf, reference, securityOf } from './components.ts'
import { type OffersFor, type PublishedOffer, priceInWords } from './offer.ts'
import { type Operation, operationsOf } from './operations.ts'

const DESCRIPTION = [
  'Every path that the gateway guards, generated from its route table.',
  'HEAD is answered wherever GET is.',
  'The service behind a path defines its requests and responses, which pass through unchanged.',
  'A price here is a hint: the challenge of the 402 is binding.',
].join(' ')

/**
 * The document. Its paths are absolute on the host, because readers of prices join them to the
 * origin, whatever `servers` says.
 */
export function openApiOf(config: Config, offersFor: OffersFor) {
  const { publicUrl, realm } = config
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operationsOf(config)) {
    const { path, parameters, method, route } = operation
    paths[path] ??= parameters.length === 0 ? {} : { parameters: parameters.map(parameterOf) }
    paths[path][method.toLowerCase()] = operationOf(operation, offersFor(route))
  }
  return {
    openapi: '3.1.0',
    info: { title: realm, version: '1.0.0', description: DESCRIPTION },
    servers: [{ url: publicUrl }],
    'x-service-info': { docs: { llms: publicUrl + OWN_PATHS.guide } },
    paths,
    components: componentsOf(config),
  }
}

/** The example is for probers, which fill it in to see a challenge. */
function parameterOf({ name, isRest }: Operation['parameters'][number]) {
  const common = { name, in: 'path', required: true, schema: { type: 'string' } }
  return isRest
    ? { ...common, description: 'The rest of the path, slashes included.' }
    : { ...common, example: '1' }
}

function operationOf(operation: Operation, offers: readonly PublishedOffer[]) {
  const { id, method, route } = operation
  return {
    operationId: id,
    summary: route.id,
    security: route.auth.map((kind) => securityOf(kind, route)),
    ...(offers.length === 0 ? {} : { 'x-payment-info': { offers: offers.map(paymentOffer) } }),
    ...(createsKey(route) ? { parameters: [IDEMPOTENCY_KEY] } : {}),
    ...(/^(?:POST|PUT|PATCH)$/.test(method)
      ? { requestBody: createsKey(route) ? KEY_CREATION : reference('requestBodies/any') }
      : {}),
    responses: responsesOf(operation, offers.length > 0),
  }
}

/** The name of the response to a request that succeeds. */
function answerName({ target }: Operation['route'], hasPrice: boolean): string {
  if ('endpoint' in target && target.endpoint === 'account.read') return 'account'
  return hasPrice ? 'paid' : 'ok'
}

const createsKey = ({ target }: Operation['route']) =>
  'endpoint' in target && target.endpoint === 'apiKeys.create'

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'A retry within 10 minutes gets the same key, until it is used.',
  schema: { type: 'string' },
}

/** The body with which a key is created. */
const KEY_CREATION = {
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: {
          name: { type: 'string', maxLength: 100 },
          expiresAt: { type: 'string', format: 'date-time' },
        },
      },
    },
  },
}

/** Only the members that the draft's JSON schema allows (appendix C), so without the recipient. */
function paymentOffer(offer: PublishedOffer) {
  const { intent, method, amount, currency } = offer
  return { intent, method, amount, currency, description: priceInWords(offer) }
}

/**
 * The responses of an operation. A route that ends in "*" is up to ten operations (two paths, five
 * methods), so its refusals are left to `default`: a registry may read no more than 64 KB
 * (draft-payment-discovery-00 appendix A.1).
 */
function responsesOf(operation: Operation, hasPrice: boolean) {
  const { route, method, parameters } = operation
  const isRead = method === 'GET' || method === 'HEAD'
  const codes = [
    route.auth.includes('anonymous') ? [] : ['401'],
    route.auth.includes('session') && (!isRead || route.websocket) ? ['403'] : [],
    parameters.length > 0 ? ['404'] : [],
    'origin' in route.target ? ['429', '502', '503', '504'] : ['429', '503'],
  ].flat()
  const refusals = route.segments.at(-1) === '*' ? [] : codes
  const listed = hasPrice ? ['402', ...refusals] : refusals
  return {
    '2XX': reference(`responses/${answerName(operation.route, hasPrice)}`),
    ...Object.fromEntries(listed.map((code) => [code, reference(`responses/${code}`)])),
    default: reference('responses/other'),
  }
}
