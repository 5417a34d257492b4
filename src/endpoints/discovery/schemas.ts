/** The schemas of the gateway's own answers and of the bodies that it reads. */
import { LOCALES } from '../../lib/locale.ts'
import { MAX_NAME_LENGTH } from '../apiKeyInput.ts'

/** A reference to a component, "responses/402". */
export const reference = (place: string) => ({ $ref: `#/components/${place}` })

/** A reference to one of the schemas of this file. */
export const schema = (name: SchemaName) => reference(`schemas/${name}`)

const TEXT = { type: 'string' }
const TEXTS = { type: 'array', items: TEXT }
const COUNT = { type: 'integer', minimum: 0 }
const TIME = { type: 'string', format: 'date-time' }

/** An object with members that are always there, and members that may be left out. */
function object(always: Record<string, object>, optional: Record<string, object> = {}) {
  const required = Object.keys(always)
  const properties = { ...always, ...optional }
  return { type: 'object', ...(required.length > 0 && { required }), properties }
}

const described = (description: string, of: object = TEXT) => ({ ...of, description })

/** An object that may have members beside those that are listed. */
const open = (listed: object) => ({ ...listed, additionalProperties: true })

const PROBLEM = {
  error: described('The code, for programs: snake_case.'),
  message: described('The explanation, for people.'),
}
const KEY = { id: TEXT, name: TEXT, prefix: described('The first characters, to tell keys apart.') }
const CLIENT = {
  redirect_uris: TEXTS,
  grant_types: TEXTS,
  response_types: TEXTS,
  token_endpoint_auth_method: { enum: ['none', 'client_secret_post', 'client_secret_basic'] },
}

export const SCHEMAS = {
  Problem: object(PROBLEM, {
    retryAfter: described('With a 429: seconds to wait.', { type: 'integer' }),
  }),
  /** The problem details of a 402 (RFC 9457 section 3.1). */
  PaymentProblem: object({
    ...PROBLEM,
    type: { type: 'string', format: 'uri' },
    title: TEXT,
    status: { const: 402 },
    detail: TEXT,
    challengeId: TEXT,
  }),
  /** RFC 6749 section 5.2. */
  OAuthError: object({ error: TEXT }, { error_description: TEXT, retryAfter: COUNT }),
  Done: object({ success: { const: true } }),

  /** The gateway's members of `GET /account` (docs/keys.md); an origin may add others. */
  Account: open(
    object(
      {
        plan: { enum: ['active', 'inactive'] },
        locale: { enum: [...LOCALES] },
        usage: object(
          {
            account: object(
              { requests: COUNT, activeKeys: COUNT, apiKeyLimit: COUNT },
              { lastHour: COUNT },
            ),
          },
          { key: object({ id: TEXT, requests: COUNT }, { lastHour: COUNT, lastUsedAt: TIME }) },
        ),
      },
      { partial: described('The service did not add its members.', { type: 'boolean' }) },
    ),
  ),
  AccountChange: object({ locale: { enum: [...LOCALES] } }),

  KeyWish: object({}, { name: { ...TEXT, maxLength: MAX_NAME_LENGTH }, expiresAt: TIME }),
  NewKey: object(
    { ...KEY, fullKey: described('The key. No other answer has it.'), createdAt: TIME },
    { expiresAt: TIME },
  ),
  Key: object(
    { ...KEY, isActive: { type: 'boolean' }, createdAt: TIME },
    { lastUsedAt: TIME, expiresAt: TIME },
  ),
  Keys: object({ keys: { type: 'array', items: reference('schemas/Key') } }),

  Grant: object(
    {
      id: TEXT,
      client: object({ id: TEXT }, { name: { type: ['string', 'null'] } }),
      scope: TEXT,
      resource: TEXT,
      opens: TEXTS,
      createdAt: TIME,
    },
    { lastUsedAt: TIME },
  ),
  Grants: object({ grants: { type: 'array', items: reference('schemas/Grant') } }),

  TokenRequest: object(
    { grant_type: { enum: ['authorization_code', 'refresh_token'] } },
    {
      code: TEXT,
      code_verifier: TEXT,
      redirect_uri: TEXT,
      refresh_token: TEXT,
      scope: TEXT,
      resource: TEXT,
      client_id: TEXT,
      client_secret: TEXT,
    },
  ),
  TokenPair: object(
    { access_token: TEXT, token_type: { const: 'Bearer' }, expires_in: COUNT, scope: TEXT },
    { refresh_token: TEXT },
  ),
  TokenToRevoke: object({ token: TEXT }, { client_id: TEXT, client_secret: TEXT }),
  ClientMetadata: open(object({ redirect_uris: TEXTS }, { client_name: TEXT, ...CLIENT })),
  Client: object(
    { client_id: TEXT, client_id_issued_at: COUNT, ...CLIENT },
    { client_name: TEXT, client_secret: TEXT, client_secret_expires_at: COUNT },
  ),

  Health: object({ status: { enum: ['ok', 'down'] } }),
  /** RFC 7517 section 5. */
  KeySet: object({ keys: { type: 'array', items: open(object({ kty: TEXT, kid: TEXT })) } }),
}

export type SchemaName = keyof typeof SCHEMAS
