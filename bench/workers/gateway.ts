/**
 * The gateway as it is measured: the real pipeline, with a table and a store that the bindings
 * name.
 */
import { env } from 'cloudflare:workers'
import { createGateway } from '../../src/index.ts'
import type { Env } from '../../src/store/env.ts'
import { createMemoryAccounts, createMemoryAddresses } from './memoryAccounts.ts'
import { createMemoryStore } from './memoryStore.ts'
import { configNamed } from './tables.ts'

const {
  TABLE = '',
  STORE = '',
  LIMITED_HASH = '',
  REVOKED_HASH = '',
} = env as unknown as Record<string, string>

const gateway = createGateway(configNamed(TABLE))
const memory = createMemoryStore({
  limitedHash: LIMITED_HASH,
  revokedHash: REVOKED_HASH,
  audiences: 'https://xquik.com/mcp https://xquik.com/api/v1',
})

// One object for all requests: what is made from it is made once.
const bindings: Env =
  STORE === 'memory'
    ? {
        ...(env as unknown as Env),
        DB: memory.DB,
        SESSIONS: memory.SESSIONS,
        ACCOUNTS: createMemoryAccounts(),
        ADDRESSES: createMemoryAddresses(),
      }
    : (env as unknown as Env)

export default {
  fetch: (request: Request, _: Env, context: ExecutionContext) =>
    gateway.fetch(request, bindings, context),
}

/**
 * How often the store was asked, behind a socket of its own so that calls do not pay for the
 * question.
 */
export const storeCalls = { fetch: () => new Response(String(memory.calls())) }
