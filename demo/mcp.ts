/**
 * The demo MCP server: a few tools over the same sample data, by Streamable HTTP (MCP 2025-11-25)
 * without sessions.
 */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import * as z from 'zod/mini'
import type { Assertion } from './assertion.ts'
import { idAt, tweetOf, userOf } from './data.ts'
import { arrivalOf } from './echo.ts'

/**
 * Answers one MCP request with a server and transport of its own, so nothing is kept between
 * requests.
 */
export async function answerMcp(request: Request, assertion: Assertion): Promise<Response> {
  const server = new McpServer({ name: 'turnpike-demo', version: '1.0.0' })
  addSampleData(server)
  server.registerTool(
    'whoami',
    {
      description: 'The headers that reached this server, and the caller of the signed assertion.',
    },
    () => asText({ headers: arrivalOf(request).headers, assertion }),
  )
  addSlowTool(server)
  const transport = new WebStandardStreamableHTTPServerTransport()
  await server.connect(transport)
  return transport.handleRequest(request)
}

function addSampleData(server: McpServer): void {
  server.registerResource('about', 'demo://about', { mimeType: 'text/plain' }, ({ href: uri }) => {
    return { contents: [{ uri, text: 'All data here is made up, and always the same.' }] }
  })
  server.registerTool(
    'search_tweets',
    {
      description: 'Sample tweets for a query. The same query always finds the same tweets.',
      inputSchema: {
        query: z.string().check(z.minLength(1), z.maxLength(500)),
        limit: z._default(z.int().check(z.minimum(1), z.maximum(20)), 5),
      },
    },
    ({ query, limit }) => {
      const tweets = Array.from({ length: limit }, (_, index) => tweetOf(idAt(query, index)))
      return asText({ tweets })
    },
  )
  server.registerTool(
    'get_user',
    {
      description: 'A sample user by id.',
      inputSchema: { id: z.string().check(z.regex(/^[0-9]{1,19}$/)) },
    },
    ({ id }) => asText(userOf(id)),
  )
}

/** Adds a tool whose progress is sent over SSE while the client waits for the answer. */
function addSlowTool(server: McpServer): void {
  server.registerTool(
    'count_slowly',
    {
      description: 'Counts slowly, and reports progress meanwhile.',
      inputSchema: {
        to: z._default(z.int().check(z.minimum(1), z.maximum(100)), 5),
        intervalMs: z._default(z.int().check(z.minimum(0), z.maximum(60_000)), 500),
      },
    },
    async ({ to, intervalMs }, { _meta, sendNotification }) => {
      const progressToken = _meta?.progressToken
      for (let progress = 1; progress <= to; progress++) {
        await scheduler.wait(intervalMs)
        if (progressToken === undefined) continue
        const params = { progressToken, progress, total: to }
        await sendNotification({ method: 'notifications/progress', params })
      }
      return asText({ counted: to })
    },
  )
}

const asText = (value: unknown): CallToolResult => {
  return { content: [{ type: 'text', text: JSON.stringify(value, null, 2) }] }
}
