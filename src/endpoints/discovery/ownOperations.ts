/** The gateway's own endpoints, as `/openapi.json` describes them. */
import type { Config } from '../../config/config.ts'
import type { EndpointName } from '../../config/file.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { response } from './components.ts'
import { type SchemaName, schema } from './schemas.ts'

/** The answer of an endpoint that succeeds, and the body that it reads. */
interface EndpointFacts {
  status: '200' | '201'
  answer: SchemaName
  body?: SchemaName
}

/** The facts of each endpoint that a route can name. */
export const ENDPOINT_FACTS: Record<EndpointName, EndpointFacts> = {
  'account.read': { status: '200', answer: 'Account' },
  'account.update': { status: '200', answer: 'Done', body: 'AccountChange' },
  'apiKeys.create': { status: '201', answer: 'NewKey', body: 'KeyWish' },
  'apiKeys.list': { status: '200', answer: 'Keys' },
  'apiKeys.revoke': { status: '200', answer: 'Done' },
  'grants.list': { status: '200', answer: 'Grants' },
  'grants.revoke': { status: '200', answer: 'Done' },
}

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'

/** A body that a request has, or an answer. */
export const content = (name: SchemaName, type = JSON_TYPE) => ({
  content: { [type]: { schema: schema(name) } },
})

/** An answer with a body of JSON. */
export const answer = (description: string, name: SchemaName) => ({ description, ...content(name) })

/** The endpoints beside the table that programs call, by path. People's pages are not listed. */
export function ownPathItems({ oauth }: Config): Record<string, object> {
  const always = {
    [OWN_PATHS.health]: {
      get: {
        operationId: 'gatewayHealth',
        summary: 'Whether the gateway serves',
        security: [],
        responses: {
          200: answer('It serves.', 'Health'),
          503: answer('It does not.', 'Health'),
          default: response('other'),
        },
      },
    },
    [OWN_PATHS.jwks]: {
      get: {
        operationId: 'gatewayKeys',
        summary: 'The public keys of assertions',
        security: [],
        responses: { 200: answer('A JWK set.', 'KeySet'), default: response('other') },
      },
    },
  }
  return oauth === null ? always : { ...always, ...OAUTH }
}

/** The endpoints that an OAuth client posts to. */
const OAUTH = {
  [OWN_PATHS.register]: posted(
    'oauthRegister',
    'Registers an OAuth client (RFC 7591)',
    content('ClientMetadata'),
    { 201: answer('The client.', 'Client') },
  ),
  [OWN_PATHS.token]: posted(
    'oauthToken',
    'Exchanges a code or a refresh token (RFC 6749 section 3.2)',
    content('TokenRequest', FORM),
    { 200: answer('A pair of tokens.', 'TokenPair') },
  ),
  [OWN_PATHS.revoke]: posted(
    'oauthRevoke',
    'Gives a token back (RFC 7009)',
    content('TokenToRevoke', FORM),
    { 200: { description: 'The token has ended.' } },
  ),
}

function posted(operationId: string, summary: string, requestBody: object, responses: object) {
  return {
    post: {
      operationId,
      summary,
      security: [],
      requestBody: { required: true, ...requestBody },
      responses: { ...responses, default: response('oauth') },
    },
  }
}
