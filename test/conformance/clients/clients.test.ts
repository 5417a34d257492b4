/** Real clients, as README.md describes them: each promise is kept to each of them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clientOf, recordingOrigin } from '../../support/worker/gateway.ts'
import { expectError, unlimitedGateway } from '../../support/worker/oauth.ts'
import { CLIENTS } from './clients.ts'
import type { ClientFixture } from './fixture.ts'
import { serverUrls } from './habits.ts'
import { type Connection, parseMetadata, programOf, type TokenAnswer } from './program.ts'

const DAY_MS = 86_400_000

const documents = new Map(
  CLIENTS.flatMap(({ identity }) =>
    'clientId' in identity ? [[identity.clientId, identity.document] as const] : [],
  ),
)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  // The only `fetch` of the gateway in these tests is that of a metadata document.
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    const url = input instanceof Request ? input.url : String(input)
    const document = documents.get(url)
    if (document === undefined) return new Response('nothing here', { status: 404 })
    return Response.json({ client_id: url, ...document })
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

/** A new gateway in front of an MCP server, and the program of a fixture that uses it. */
function stage(fixture: ClientFixture, path?: string) {
  const origin = recordingOrigin(async (request) => {
    const { id, method } = await request.json<{ id: number; method: string }>()
    const headers = { 'mcp-session-id': 's-1' }
    return Response.json({ jsonrpc: '2.0', id, result: { method } }, { headers })
  })
  const client = clientOf(unlimitedGateway(), { ORIGIN: origin.binding })
  return { origin, client, program: programOf(fixture, client, path) }
}

const CALL = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'search', arguments: { q: 'ä' } },
}

/** Asserts that a token opens the tools, and that the MCP server gets the call and no token. */
async function expectTools(
  { origin, program }: ReturnType<typeof stage>,
  fixture: ClientFixture,
  token: string,
): Promise<void> {
  const before = origin.seen.length
  const session = (await program.message(program.initialize, token)).headers.get('mcp-session-id')
  const more = { 'mcp-session-id': session ?? '', 'mcp-protocol-version': fixture.protocol }
  const answer = await program.message(CALL, token, more)
  expect(await answer.json()).toEqual({ jsonrpc: '2.0', id: 1, result: { method: 'tools/call' } })
  const [initialize, call] = origin.seen.slice(before)
  expect(JSON.parse(initialize?.body ?? '')).toEqual(program.initialize)
  expect(JSON.parse(call?.body ?? '')).toEqual(CALL)
  expect(call?.url.pathname).toMatch(/\/mcp$/)
  expect(call?.headers.get('accept')).toBe(fixture.headers.accept)
  expect(call?.headers.get('mcp-session-id')).toBe('s-1')
  expect(call?.headers.get('mcp-protocol-version')).toBe(fixture.protocol)
  expect(call?.headers.has('authorization')).toBe(false)
  expect(JSON.stringify([...(call?.headers ?? [])])).not.toContain(token)
}

/** The pair of a successful answer of the token endpoint. */
async function pairOf(answer: Response): Promise<TokenAnswer> {
  const pair = await answer.json<TokenAnswer>()
  expect([answer.status, pair]).toEqual([200, expect.objectContaining({ token_type: 'Bearer' })])
  return pair
}

/** A pair without the time that is left, which a later answer with the same pair has less of. */
const secretsOf = ({ access_token, refresh_token }: TokenAnswer) => [access_token, refresh_token]

it('every client of the list has a fixture, and every fixture says where it was looked up', () => {
  const names = CLIENTS.map(({ name }) => name)
  for (const client of [
    'ChatGPT',
    'Claude.ai',
    'Claude Code',
    'Claude desktop, code tab',
    'Cursor',
    'VS Code',
    'Goose',
    'Codex',
    'LibreChat',
    'mcp-remote',
    'MCP Inspector in a browser',
    'TypeScript SDK 1',
    'TypeScript SDK 2',
    'Python SDK',
    'n8n',
  ])
    expect(names).toContain(client)
  expect(new Set(names).size).toBe(names.length)
  for (const { sources } of CLIENTS) expect(sources.length).toBeGreaterThan(0)
})

describe('metadata', () => {
  const HOST = 'https://xquik.com'
  const typed = [`${HOST}/mcp`, `${HOST}/mcp/`]
  /** Every URL at which a client looks, whichever it finds first. */
  const urls = new Set([
    ...CLIENTS.flatMap(({ discovery }) => [
      ...typed.flatMap((url) => discovery.resource(url, undefined)),
      ...discovery.server(HOST),
    ]),
    // A client that takes the MCP server for its own authorization server.
    ...typed.flatMap(serverUrls),
    // VS Code appends the path as it is.
    `${HOST}/.well-known/oauth-authorization-server/mcp/`,
    `${HOST}/.well-known/openid-configuration/mcp/`,
  ])

  it.each([...urls])('is where clients look for it, and is readable by them: %s', async (url) => {
    const client = clientOf(unlimitedGateway())
    const answer = await client.call(url, { headers: { origin: 'https://page.example' } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    const found = await answer.json<Record<string, unknown>>()
    parseMetadata(url, found)
    expect(found.resource ?? found.issuer).toBe(found.resource ? `${HOST}/mcp` : HOST)
  })
})

describe.each(CLIENTS)('$name', (fixture) => {
  it.each(['/mcp', '/mcp/'])(
    'gets from the 401 of %s, as a person types it, to the answer of a tool',
    async (path) => {
      const at = stage(fixture, path)
      const { tokens } = await at.program.connect()
      expect(tokens).toEqual({
        access_token: expect.stringMatching(/^[0-9a-f]{64}$/),
        refresh_token: expect.stringMatching(/^[0-9a-f]{64}$/),
        token_type: 'Bearer',
        expires_in: 86_400,
        scope: 'mcp:tools',
      })
      await expectTools(at, fixture, tokens.access_token)
    },
  )

  it('refreshes after a 401, and again after a start, and stays signed in', async () => {
    const at = stage(fixture)
    const { program } = at
    const connection = await program.connect()
    pass(DAY_MS)
    const refused = await program.message(CALL, connection.tokens.access_token)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/)
    const warm = await pairOf(await program.refresh(connection))
    expect(warm.scope).toBe('mcp:tools')
    expect(secretsOf(warm)).not.toContain(connection.tokens.refresh_token)
    await expectTools(at, fixture, warm.access_token)

    pass(DAY_MS)
    const cold = await pairOf(await program.refreshCold({ ...connection, tokens: warm }))
    await expectTools(at, fixture, cold.access_token)
  })

  it('exchanges its code twice, and the tokens of the one exchange that succeeds live on', async () => {
    const at = stage(fixture)
    const { program } = at
    const together = await program.ask()
    const answers = await Promise.all([program.exchange(together), program.exchange(together)])
    const [won, lost] = answers.toSorted((a, b) => a.status - b.status)
    if (won === undefined || lost === undefined) throw new Error('two answers were expected')
    await expectError(lost, 400, 'invalid_grant')
    const tokens = await pairOf(won)
    await expectTools(at, fixture, tokens.access_token)

    const later = await program.ask()
    const first = await pairOf(await program.exchange(later))
    pass(1_000)
    await expectError(await program.exchange(later), 400, 'invalid_grant')
    await expectTools(at, fixture, first.access_token)
    await pairOf(await program.refresh({ ...later, tokens: first }))
  })

  it('loses the answer to a refresh, asks again within 10 s, and gets the very same pair', async () => {
    const at = stage(fixture)
    const { program } = at
    const connection = await program.connect()
    const lost = await pairOf(await program.refresh(connection))
    pass(9_000)
    const again = await pairOf(await program.refresh(connection))
    expect(secretsOf(again)).toEqual(secretsOf(lost))
    expect(again.expires_in).toBe(lost.expires_in - 9)
    await expectTools(at, fixture, again.access_token)
    await pairOf(await program.refresh({ ...connection, tokens: again }))
  })

  it.runIf(fixture.revokes)('is disconnected, and its tokens end at once', async () => {
    const at = stage(fixture)
    const { program } = at
    const connection: Connection = await program.connect()
    for (const hint of fixture.revokes ?? []) {
      const answer = await program.revoke(connection, connection.tokens[hint], hint)
      expect([answer.status, await answer.text()]).toEqual([200, ''])
    }
    expect((await program.message(CALL, connection.tokens.access_token)).status).toBe(401)
    await expectError(await program.refresh(connection), 400, 'invalid_grant')
    expect(at.origin.seen).toEqual([])
  })
})
