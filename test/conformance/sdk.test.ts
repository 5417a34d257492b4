/**
 * The official MCP clients, unmodified, from a bare URL to the answer of a tool, against `npm run
 * dev`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { createBrowserUser } from '../support/node/browserUser.ts'
import { devIn, type Facts } from '../support/node/dev.ts'
import {
  type Kit,
  type Memory,
  REDIRECT_URL,
  type Start,
  sdk1,
  sdk2,
} from '../support/node/mcpClients.ts'

const { start, cleanUp } = devIn()
let facts: Facts
beforeAll(async () => {
  const PORT = String(await freePort(22_787))
  facts = (await start({ PORT, RATE_LIMITS: 'off', NO_CHAIN: '1' })).facts
})
afterAll(cleanUp)

interface Seen {
  headers: Record<string, string>
  assertion: { verified: boolean; claims: Record<string, string> }
}

const KITS: [name: string, kit: Kit][] = [
  ['@modelcontextprotocol/sdk 1.x', sdk1],
  ['@modelcontextprotocol/client 2.x', sdk2],
]

describe.each(KITS)('%s', (name, kit) => {
  const email = `person-${name.at(-3)}@example.com`
  const memory: Memory = { sentTo: [] }
  let user: ReturnType<typeof createBrowserUser>
  beforeAll(() => {
    user = createBrowserUser(facts, email)
  })

  /** Starts the client with the memory of earlier starts. */
  const open = () => kit(facts.mcp, memory)

  /**
   * Connects, and lets the user approve each time the client asks. Expects exactly `asked` times.
   */
  async function connect(asked: number): Promise<Start> {
    const before = memory.sentTo.length
    for (let tries = 0; tries <= asked; tries++) {
      const opened = open()
      const refused = await opened.connect().then(
        () => null,
        (error: Error) => error,
      )
      if (refused === null) {
        expect(memory.sentTo.length - before).toBe(asked)
        return opened
      }
      const url = memory.sentTo[before + tries]
      if (url === undefined) throw refused
      await opened.finish(await user.decide(url, 'approve'))
    }
    throw new Error('the client asks more often than expected')
  }

  it('connects from the URL alone: metadata, registration, sign-in, consent, token, tools', async () => {
    const client = await connect(1)
    expect(await client.tools()).toEqual(expect.arrayContaining(['search_tweets', 'whoami']))
    const { headers, assertion } = (await client.call('whoami')) as Seen
    expect(assertion).toMatchObject({
      verified: true,
      claims: {
        kind: 'oauth',
        client_id: memory.client?.client_id,
        scope: 'mcp:tools',
        aud: 'mcp',
      },
    })
    expect(assertion.claims.sub).toMatch(/^acc_/)
    for (const name of ['authorization', 'cookie', 'x-api-key'])
      expect(headers).not.toHaveProperty(name)
    expect(JSON.stringify(headers)).not.toContain(memory.tokens?.access_token)
    expect(headers['mcp-protocol-version']).toBe(client.protocol())
    await client.close()
  })

  it('asks for the right parameters: S256, the scope, the resource, its own redirect URL', () => {
    const parameters = Object.fromEntries(memory.sentTo[0]?.searchParams ?? [])
    expect(parameters).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      scope: 'mcp:tools',
      resource: facts.mcp,
      redirect_uri: REDIRECT_URL,
    })
  })

  it('receives progress while a tool works', async () => {
    const client = await connect(0)
    const progress: number[] = []
    const done = client.call('count_slowly', { to: 3, intervalMs: 50 }, (n) => progress.push(n))
    expect(await done).toEqual({ counted: 3 })
    expect(progress).toEqual([1, 2, 3])
    await client.close()
  })

  it('stays connected when its access token is no longer valid: it refreshes without asking the user', async () => {
    const old = memory.tokens
    expect(old?.refresh_token).toMatch(/^[0-9a-f]{64}$/)
    memory.tokens = { ...old, access_token: 'f'.repeat(64) }
    const client = await connect(0)
    expect(await client.tools()).toContain('whoami')
    expect(memory.tokens.access_token).not.toBe(old?.access_token)
    expect(memory.tokens.refresh_token).not.toBe(old?.refresh_token)
    await client.close()
  })

  it('stays connected when its access token ends during a connection', async () => {
    const client = await connect(0)
    memory.tokens = { ...memory.tokens, access_token: 'e'.repeat(64) }
    expect(await client.tools()).toContain('whoami')
    await client.close()
  })

  it('registers again when its registration is gone, and connects', async () => {
    const lost = crypto.randomUUID()
    memory.client = { ...memory.client, client_id: lost }
    memory.tokens = { ...memory.tokens, access_token: 'd'.repeat(64) }
    const client = await connect(1)
    expect(memory.client.client_id).not.toBe(lost)
    expect(await client.tools()).toContain('whoami')
    await client.close()
  })

  it('is refused when the user revokes the grant, and connects again only after asking the user', async () => {
    const headers = { cookie: user.sessionCookie() }
    const grants = `${facts.gateway}/api/v1/oauth/grants`
    const list = await (await fetch(grants, { headers })).json()
    const { grants: all } = list as { grants: { id: string; client: { id: string } }[] }
    const mine = all.filter(({ client }) => client.id === memory.client?.client_id)
    expect(mine).toHaveLength(1)
    const revoked = await fetch(`${grants}/${mine[0]?.id}`, { method: 'DELETE', headers })
    expect(revoked.status).toBe(200)
    const client = await connect(1)
    expect(await client.tools()).toContain('whoami')
    await client.close()
  })

  it('gets no token when the user refuses', async () => {
    const fresh: Memory = { sentTo: [] }
    const opened = kit(facts.mcp, fresh)
    await expect(opened.connect()).rejects.toThrow()
    const [url] = fresh.sentTo
    const callback = await user.decide(url ?? '', 'deny')
    expect(callback.searchParams.get('error')).toBe('access_denied')
    expect(callback.searchParams.get('iss')).toBe(facts.gateway)
    expect(callback.searchParams.has('code')).toBe(false)
    await expect(opened.finish(callback)).rejects.toThrow()
    expect(fresh.tokens).toBeUndefined()
  })
})
