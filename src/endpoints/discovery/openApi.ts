/**
 * `/openapi.json`: the route table as OpenAPI 3.1, with the extensions of
 * draft-payment-discovery-00 (sections 4.3 to 4.5).
 */

import type { Config } from '../../config/config.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { onlyReads } from '../../http/methods.ts'
import { componentsOf, response } from './components.ts'
import { type OffersFor, type PublishedOffer, priceInWords } from './offer.ts'
import { type Operation, operationsOf } from './operations.ts'
import { answer, content, ENDPOINT_FACTS, ownPathItems } from './ownOperations.ts'
import { reference } from './schemas.ts'
import { isSame, mostCommon, type Security, securityOf } from './security.ts'

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
  const operations = operationsOf(config)
  const security = mostCommon(operations.map(({ route }) => securityOf(route)))
  const ofRoutes = Map.groupBy(operations, ({ path }) => path)
  const itemOf = (all: Operation[]) => pathItemOf(all, offersFor, security)
  const paths = {
    ...Object.fromEntries(Array.from(ofRoutes, ([path, all]) => [path, itemOf(all)])),
    ...ownPathItems(config),
  }
  return {
    openapi: '3.1.0',
    info: { title: realm, version: '1.0.0', description: DESCRIPTION },
    servers: [{ url: publicUrl }],
    'x-service-info': { docs: { llms: publicUrl + OWN_PATHS.guide } },
    security,
    paths,
    components: componentsOf(config, paths),
  }
}

/**
 * The operations of one path. The document says shared members once, because a registry may read
 * no more than 64 KB: the security of most operations at the document's root, and the
 * summary of a route of many methods at the path.
 */
function pathItemOf(operations: Operation[], offersFor: OffersFor, security?: Security) {
  const { parameters = [], route } = operations[0] ?? {}
  const isOneRoute = operations.length > 1 && operations.every((one) => one.route === route)
  return {
    ...(isOneRoute ? { summary: route?.id } : {}),
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameterOf) }),
    ...Object.fromEntries(
      operations.map((operation) => {
        const own = securityOf(operation.route)
        const value = {
          operationId: operation.id,
          ...(isOneRoute ? {} : { summary: operation.route.id }),
          ...(isSame(own, security) ? {} : { security: own }),
          ...operationOf(operation, offersFor(operation.route)),
        }
        return [operation.method.toLowerCase(), value]
      }),
    ),
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
  const { route } = operation
  return {
    ...(offers.length === 0 ? {} : { 'x-payment-info': { offers: offers.map(paymentOffer) } }),
    ...(endpointOf(route) === 'apiKeys.create' ? { parameters: [IDEMPOTENCY_KEY] } : {}),
    ...bodyOf(operation),
    responses: responsesOf(operation, offers.length > 0),
  }
}

/** The endpoint that a route names; null for a route that is proxied. */
const endpointOf = ({ target }: Operation['route']) =>
  'endpoint' in target ? target.endpoint : null

/** The body of a request: what the endpoint reads, or anything for an origin. */
function bodyOf({ method, route }: Operation) {
  const endpoint = endpointOf(route)
  const { body = null } = endpoint === null ? {} : ENDPOINT_FACTS[endpoint]
  if (body !== null) return { requestBody: content(body) }
  const hasAny = endpoint === null && /^(?:POST|PUT|PATCH)$/.test(method)
  return hasAny
    ? { requestBody: { ...reference('requestBodies/any'), ...unpaidLimitOf(route) } }
    : {}
}

/** The limit of a body of a caller without an account, beside the reference (OpenAPI 3.1). */
function unpaidLimitOf({ auth, unpaidBytes }: Operation['route']) {
  const takesAnybody = auth.includes('payment') || auth.includes('anonymous')
  if (!takesAnybody) return {}
  return { description: `At most ${unpaidBytes} bytes from a caller without an account, else 413.` }
}

/** The response to a request that succeeds, by its status. */
function successOf({ route }: Operation, hasPrice: boolean) {
  const endpoint = endpointOf(route)
  if (endpoint === null) return { '2XX': response(hasPrice ? 'paid' : 'ok') }
  const { status, answer: name } = ENDPOINT_FACTS[endpoint]
  return { [status]: answer('The answer.', name) }
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'A retry within 10 minutes gets the same key, until it is used.',
  schema: { type: 'string' },
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
  const isProxied = 'origin' in route.target
  const hasRefusals = route.segments.at(-1) !== '*'
  const isListed = {
    401: hasRefusals && !route.auth.includes('anonymous'),
    402: hasPrice,
    403: hasRefusals && route.auth.includes('session') && (!onlyReads(method) || route.websocket),
    404: hasRefusals && parameters.length > 0,
    429: hasRefusals,
    502: hasRefusals && isProxied,
    503: hasRefusals,
    504: hasRefusals && isProxied,
  }
  const refusals = REFUSALS.filter((code) => isListed[code])
  return {
    ...successOf(operation, hasPrice),
    ...Object.fromEntries(refusals.map((code) => [code, response(code)])),
    default: response('other'),
  }
}

const REFUSALS = [401, 402, 403, 404, 429, 502, 503, 504] as const
