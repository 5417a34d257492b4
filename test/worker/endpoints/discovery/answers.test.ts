/** The answers of the gateway itself have the schemas that `/openapi.json` gives them. */
import { beforeAll, expect, it } from 'vitest'
import { fromJSONSchema } from 'zod'
import { clientOf, recordingOrigin } from '../../../support/worker/gateway.ts'
import { actorsOf, REDIRECT, unlimitedGateway } from '../../../support/worker/oauth.ts'
import { apiKey, bearer } from '../../../support/worker/seed.ts'

type Members = Record<string, unknown>
interface OpenApi {
  paths: Record<string, Record<string, { responses: Record<string, Members> }>>
  components: Record<string, Record<string, Members>>
}

const { binding: ORIGIN } = recordingOrigin()
const client = clientOf(unlimitedGateway(), { ORIGIN })
const { call } = client
let document: OpenApi
beforeAll(async () => {
  document = await (await call('/openapi.json')).json()
})

/** The value without references, and without room for members that are not described. */
function closed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(closed)
  if ('$ref' in value) return closed(componentAt(String(value.$ref)))
  const members = Object.entries(value).map(([name, member]) => [name, closed(member)])
  const rest = 'properties' in value ? { additionalProperties: false } : {}
  return { ...rest, ...Object.fromEntries(members) }
}

function componentAt(reference: string): unknown {
  const [, , kind = '', name = ''] = reference.split('/')
  return document.components[kind]?.[name]
}

/** Asserts that an answer is described for its status, or as the default, and has that schema. */
async function expectDescribed(place: string, answer: Response): Promise<void> {
  const [verb = '', path = ''] = place.split(' ')
  const responses = document.paths[path]?.[verb]?.responses ?? {}
  const described = closed(responses[answer.status] ?? (answer.ok ? null : responses.default))
  expect(described, `${place} ${answer.status}`).toBeTruthy()
  const { content = {} } = described as { content?: Record<string, { schema: Members }> }
  const text = await answer.text()
  const [type = ''] = (answer.headers.get('content-type') ?? '').split(';')
  expect(Object.keys(content), place).toEqual(text === '' ? [] : [type])
  if (text === '') return
  const read = fromJSONSchema(content[type]?.schema ?? {}).safeParse(JSON.parse(text))
  expect(read.error?.issues ?? [], `${place}: ${text}`).toEqual([])
}

const json = (method: string, headers: Record<string, string>, body?: object) => ({
  method,
  headers,
  ...(body && { body: JSON.stringify(body) }),
})

it('of keys and of the account, with members that are left out and without', async () => {
  const { browser } = await actorsOf(client).person()
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const made = await call('/api/v1/api-keys', json('POST', browser, { name: 'A', expiresAt }))
  const { fullKey, id } = await made.clone().json<{ fullKey: string; id: string }>()
  await expectDescribed('post /api/v1/api-keys', made)
  await expectDescribed(
    'post /api/v1/api-keys',
    await call('/api/v1/api-keys', json('POST', browser)),
  )
  await expectDescribed(
    'get /api/v1/account',
    await call('/api/v1/account', { headers: apiKey(fullKey) }),
  )
  await client.settled()
  await expectDescribed(
    'get /api/v1/account',
    await call('/api/v1/account', { headers: apiKey(fullKey) }),
  )
  await expectDescribed(
    'get /api/v1/api-keys',
    await call('/api/v1/api-keys', { headers: browser }),
  )
  const change = json('PATCH', apiKey(fullKey), { locale: 'tr' })
  await expectDescribed('patch /api/v1/account', await call('/api/v1/account', change))
  const ended = await call(`/api/v1/api-keys/${id}`, json('DELETE', browser))
  await expectDescribed('delete /api/v1/api-keys/{id}', ended)
  for (const refused of [
    await call(`/api/v1/api-keys/${id}`, json('DELETE', browser)),
    await call(`/api/v1/api-keys/${id}`, { method: 'DELETE' }),
    await call('/api/v1/api-keys/x', json('DELETE', browser)),
  ])
    await expectDescribed('delete /api/v1/api-keys/{id}', refused)
})

it('of OAuth, refusals too', async () => {
  const actors = actorsOf(client)
  const { browser } = await actors.person()
  for (const method of ['none', 'client_secret_post']) {
    const metadata = { redirect_uris: [REDIRECT], token_endpoint_auth_method: method }
    await expectDescribed('post /api/oauth/register', await actors.register(metadata))
  }
  await expectDescribed('post /api/oauth/register', await actors.register({}))
  const { id } = await actors.newClient()
  const answer = await actors.redeem(id, await actors.codeFor(id, browser))
  const pair = await answer.clone().json<Record<'access_token' | 'refresh_token', string>>()
  await expectDescribed('post /api/oauth/token', answer)
  await expectDescribed('post /api/oauth/token', await actors.refresh(id, 'made-up'))
  await actors.statusWith(pair.access_token)
  const account = await call('/api/v1/account', { headers: bearer(pair.access_token) })
  await expectDescribed('get /api/v1/account', account)
  const grants = await call('/api/v1/oauth/grants', { headers: browser })
  const listed = await grants.clone().json<{ grants: { id: string }[] }>()
  await expectDescribed('get /api/v1/oauth/grants', grants)
  const path = `/api/v1/oauth/grants/${listed.grants[0]?.id}`
  await expectDescribed(
    'delete /api/v1/oauth/grants/{id}',
    await call(path, json('DELETE', browser)),
  )
  await expectDescribed('post /api/oauth/revoke', await actors.revoke(id, pair.refresh_token))
  await expectDescribed('post /api/oauth/revoke', await actors.revoke('nobody', 'x'))
})

it('of 402, of health and of the public keys', async () => {
  await expectDescribed('get /api/v1/trends', await call('/api/v1/trends'))
  await expectDescribed('get /health', await call('/health'))
  await expectDescribed('get /.well-known/jwks.json', await call('/.well-known/jwks.json'))
})
