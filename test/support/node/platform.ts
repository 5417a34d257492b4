/**
 * A stand-in for the platform's API (Cloudflare, v4) that records every call. Its databases are
 * real SQLite, its secrets are kept as they are stored, and it can be told to fail.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { buffer } from 'node:stream/consumers'

export const TOKEN = 'a-token-of-the-test'
export const ACCOUNT = 'acc0000000000000000000000000000a'

interface Script {
  secrets: Map<string, string>
  uploads: number
}

interface PlatformAnswer {
  status?: number
  result?: unknown
  error?: { code: number; message: string }
}

/** Starts the stand-in with an empty account. */
export async function startPlatform() {
  const calls: string[] = []
  const databases = new Map<string, { name: string; db: DatabaseSync }>()
  const namespaces = new Map<string, string>()
  const scripts = new Map<string, Script>()
  let failing: RegExp | null = null

  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    const { status = 200, result = null, error } = answerTo(request, body)
    const success = error === undefined
    const envelope = { success, result, errors: success ? [] : [error], messages: [] }
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(envelope))
  })

  function answerTo(request: IncomingMessage, body: Buffer): PlatformAnswer {
    const url = new URL(request.url ?? '/', 'http://platform')
    const path = url.pathname.replace('/client/v4', '').replace(`/accounts/${ACCOUNT}`, '')
    const call = `${request.method} ${path}`
    calls.push(call)
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return { status: 403, error: { code: 10_000, message: 'Authentication error' } }
    if (failing?.test(call)) {
      failing = null
      return { status: 500, error: { code: 1, message: 'made to fail' } }
    }
    const [, one, two, three, four, five] = path.split('/')
    if (path === '/accounts') return { result: [{ id: ACCOUNT, name: 'Test' }] }
    if (one === 'd1') return databaseAnswer(request, three, four, body)
    if (one === 'storage') return namespaceAnswer(request, body)
    if (one === 'workers' && two === 'scripts' && three !== undefined)
      return scriptAnswer(request, three, four, five, body)
    if (one === 'workers' && two === 'workers')
      return { result: { name: three, subdomain: { enabled: false, previews_enabled: false } } }
    if (one === 'workers' && two === 'services')
      return { status: 404, error: { code: 10_090, message: 'no such service' } }
    if (path === '/workers/subdomain') return { result: { subdomain: 'test' } }
    return { result: [] }
  }

  function databaseAnswer(
    { method }: IncomingMessage,
    id: string | undefined,
    action: string | undefined,
    body: Buffer,
  ): PlatformAnswer {
    if (id === undefined && method === 'POST') {
      const uuid = `11111111-0000-4000-8000-00000000000${databases.size}`
      const { name } = JSON.parse(String(body)) as { name: string }
      databases.set(uuid, { name, db: new DatabaseSync(':memory:') })
      return { result: { uuid, name } }
    }
    if (id === undefined)
      return { result: [...databases].map(([uuid, { name }]) => ({ uuid, name })) }
    const known = databases.get(id)
    if (known === undefined) return { status: 404, error: { code: 7404, message: 'not found' } }
    if (action !== 'query') return { result: { uuid: id, name: known.name } }
    try {
      const { sql } = JSON.parse(String(body)) as { sql: string }
      const isRead = /^\s*(?:select|pragma)/i.test(sql)
      const results = isRead ? known.db.prepare(sql).all() : []
      if (!isRead) known.db.exec(sql)
      return { result: [{ success: true, results, meta: {} }] }
    } catch (error) {
      return { status: 400, error: { code: 7500, message: String(error) } }
    }
  }

  function namespaceAnswer({ method }: IncomingMessage, body: Buffer): PlatformAnswer {
    if (method === 'POST') {
      const id = `2222222222222222222222222222222${namespaces.size}`
      const { title } = JSON.parse(String(body)) as { title: string }
      namespaces.set(id, title)
      return { result: { id, title } }
    }
    return { result: [...namespaces].map(([id, title]) => ({ id, title })) }
  }

  function scriptAnswer(
    { method }: IncomingMessage,
    name: string,
    part: string | undefined,
    secret: string | undefined,
    body: Buffer,
  ): PlatformAnswer {
    const isUpload = method === 'PUT' && (part === undefined || part === 'versions')
    if (isUpload && !scripts.has(name)) scripts.set(name, { secrets: new Map(), uploads: 0 })
    const script = scripts.get(name)
    if (script === undefined)
      return { status: 404, error: { code: 10_007, message: 'This Worker does not exist.' } }
    if (isUpload) script.uploads++
    if (part === 'deployments') return { result: { deployments: [] } }
    if (part === 'subdomain') return { result: { enabled: false, previews_enabled: false } }
    if (part === 'assets-upload-session') return { result: { jwt: 'jwt', buckets: [] } }
    if (part === 'domains')
      return { result: { added: [], removed: [], updated: [], conflicting: [] } }
    if (part !== 'secrets') return { result: { id: name, tag: name, deployment_id: name } }
    if (method === 'DELETE' && secret !== undefined) script.secrets.delete(secret)
    if (method !== 'PUT')
      return { result: [...script.secrets.keys()].map((key) => ({ name: key })) }
    const stored = JSON.parse(String(body)) as { name: string; text: string }
    script.secrets.set(stored.name, stored.text)
    return { result: { name: stored.name } }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/client/v4`,
    calls,
    databases,
    namespaces,
    scripts,
    /** The calls since the last time, and those that change something alone. */
    takeCalls: () => calls.splice(0),
    takeChanges: () => calls.splice(0).filter((call) => !/^GET |\/query$/.test(call)),
    /** Fails the next call that matches. */
    failNext: (pattern: RegExp) => {
      failing = pattern
    },
    end: () => server.close(),
  }
}
