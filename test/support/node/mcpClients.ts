/**
 * Both generations of the official MCP client, with a memory in place of a disk, and without a
 * browser.
 */
import {
  Client as Client2,
  type OAuthClientProvider as Provider2,
  StreamableHTTPClientTransport as Transport2,
} from '@modelcontextprotocol/client'
import type { OAuthClientProvider as Provider1 } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

export const REDIRECT_URL = 'http://127.0.0.1:33418/callback'

const METADATA = {
  client_name: 'A client of the tests',
  redirect_uris: [REDIRECT_URL],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
}
const NAME = { name: 'turnpike-test', version: '1.0.0' }

/** The state that a client keeps from one start to the next. */
export interface Memory {
  client?: { client_id: string }
  tokens?: { access_token: string; refresh_token?: string }
  verifier?: string
  /** The URLs to which the client sent the user's browser. */
  sentTo: URL[]
}

/** One start of a client. */
export interface Start {
  /** Rejects if the user has to decide first. */
  connect: () => Promise<void>
  /** Takes the URL to which the user's browser was redirected. */
  finish: (callback: URL) => Promise<void>
  tools: () => Promise<string[]>
  /** Calls a tool, and parses the text of its answer as JSON. */
  call: (
    tool: string,
    input?: Record<string, unknown>,
    onProgress?: (n: number) => void,
  ) => Promise<unknown>
  protocol: () => string | undefined
  close: () => Promise<void>
}

export type Kit = (url: string, memory: Memory) => Start

/** The callbacks that both generations require from their host. */
function providerOf<Client extends { client_id: string }, Tokens extends { access_token: string }>(
  memory: Memory,
) {
  return {
    redirectUrl: REDIRECT_URL,
    clientMetadata: METADATA,
    clientInformation: () => memory.client as Client | undefined,
    saveClientInformation(client: Client) {
      memory.client = client
    },
    tokens: () => memory.tokens as Tokens | undefined,
    saveTokens(tokens: Tokens) {
      memory.tokens = tokens
    },
    redirectToAuthorization(url: URL) {
      memory.sentTo.push(url)
    },
    saveCodeVerifier(verifier: string) {
      memory.verifier = verifier
    },
    codeVerifier: () => memory.verifier ?? '',
    invalidateCredentials(scope: string) {
      if (scope === 'all' || scope === 'client') delete memory.client
      if (scope === 'all' || scope === 'tokens') delete memory.tokens
    },
  }
}

/** `@modelcontextprotocol/sdk` 1.x. */
export const sdk1: Kit = (url, memory) => {
  const authProvider: Provider1 = providerOf(memory)
  const transport = new Transport1(new URL(url), { authProvider })
  const client = new Client1(NAME)
  return {
    connect: () => client.connect(transport as Parameters<typeof client.connect>[0]),
    finish: ({ searchParams }) => transport.finishAuth(searchParams.get('code') ?? ''),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    async call(name, input = {}, onProgress) {
      const onprogress = ({ progress }: { progress: number }) => onProgress?.(progress)
      return read(await client.callTool({ name, arguments: input }, undefined, { onprogress }))
    },
    protocol: () => transport.protocolVersion,
    close: () => client.close(),
  }
}

/** `@modelcontextprotocol/client` 2.x, which checks `iss` and reads the callback itself. */
export const sdk2: Kit = (url, memory) => {
  const authProvider: Provider2 = providerOf(memory)
  const transport = new Transport2(new URL(url), { authProvider })
  const client = new Client2(NAME)
  return {
    connect: () => client.connect(transport),
    finish: ({ searchParams }) => transport.finishAuth(searchParams),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    async call(name, input = {}, onProgress) {
      const onprogress = ({ progress }: { progress: number }) => onProgress?.(progress)
      return read(await client.callTool({ name, arguments: input }, { onprogress }))
    },
    protocol: () => transport.protocolVersion,
    close: () => client.close(),
  }
}

function read(result: unknown): unknown {
  const { content } = result as { content: { type: string; text: string }[] }
  return JSON.parse(content[0]?.text ?? 'null')
}
