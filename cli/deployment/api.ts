/**
 * The platform's API (Cloudflare, v4), as far as a deployment needs it. Every change that is asked
 * for is told first; a dry run tells it and does not send it.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A sentence for the operator about why a command cannot go on. */
export class CannotDeploy extends Error {}

/** The platform's refusal of a call. `code` is its own number for the reason, 0 if it gave none. */
export class Refused extends CannotDeploy {
  readonly status: number
  readonly code: number
  constructor(message: string, status: number, code: number) {
    super(message)
    this.status = status
    this.code = code
  }
}

interface Envelope<T> {
  success: boolean
  result: T
  errors?: { code: number; message: string }[]
}

export interface ApiSettings {
  /** Without it the platform is not asked, which only a dry run allows. */
  token: string | null
  accountId: string | null
  isDryRun: boolean
  /** Prints a line. */
  say: (line: string) => void
}

export type Api = ReturnType<typeof createApi>

const BASE_URL = 'https://api.cloudflare.com/client/v4'

/** The token of the environment, else that of `wrangler login`, else null. */
export function readToken(environment: NodeJS.ProcessEnv = process.env): string | null {
  if (environment.CLOUDFLARE_API_TOKEN) return environment.CLOUDFLARE_API_TOKEN
  try {
    const wrangler = fileURLToPath(
      new URL('../../node_modules/wrangler/bin/wrangler.js', import.meta.url),
    )
    const said = execFileSync(process.execPath, [wrangler, 'auth', 'token'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...environment, CI: '1' },
    })
    return /^[\w.-]{20,}$/.exec(said.trim().split('\n').at(-1) ?? '')?.[0] ?? null
  } catch {
    return null
  }
}

/** The API of one account. */
export function createApi({ token, accountId, isDryRun, say }: ApiSettings) {
  const base = (process.env.CLOUDFLARE_API_BASE_URL || BASE_URL).replace(/\/$/, '')

  async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` }
    const isForm = body instanceof FormData
    if (body !== undefined && !isForm) headers['content-type'] = 'application/json'
    const sent = body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }
    const signal = AbortSignal.timeout(30_000)
    const call = `${method} ${path}`
    const response = await fetch(base + path, { method, headers, signal, ...sent }).catch(
      (error: unknown) => {
        throw new CannotDeploy(`The platform does not answer (${call}): ${reasonOf(error)}.`)
      },
    )
    const answer = (await response.json().catch(() => null)) as Envelope<T> | null
    if (response.ok && answer?.success === true) return answer.result
    const [{ code, message } = { code: 0, message: 'no reason given' }] = answer?.errors ?? []
    const sentence =
      response.status === 401 || response.status === 403
        ? `The platform refuses the token (${call}: ${message}). CLOUDFLARE_API_TOKEN needs the ` +
          'permissions Workers Scripts, D1, Workers KV Storage and Workers Routes: Edit.'
        : `The platform refuses ${call}: ${message} (${response.status}).`
    throw new Refused(sentence, response.status, code)
  }

  /** Reads; null without a token, so that a dry run works without an account. */
  const read = async <T>(path: string): Promise<T | null> => {
    return token === null ? null : send<T>('GET', path)
  }

  /** Changes something; null in a dry run. */
  async function change<T>(
    method: string,
    path: string,
    body: unknown,
    says: string,
  ): Promise<T | null> {
    say(`${isDryRun ? 'would ' : ''}${says}  (${method} ${path})`)
    return isDryRun ? null : send<T>(method, path, body)
  }

  let account = accountId
  return {
    isDryRun,
    read,
    change,

    /** Reads by POST, as D1 is queried. */
    query: async <T>(path: string, body: unknown): Promise<T | null> => {
      return token === null ? null : send<T>('POST', path, body)
    },

    /** The path of the account: that of CLOUDFLARE_ACCOUNT_ID, else the token's only one. */
    async account(): Promise<string> {
      if (token === null && !isDryRun)
        throw new CannotDeploy(
          'Nobody is signed in at the platform: set CLOUDFLARE_API_TOKEN, or run ' +
            '`npx wrangler login`.',
        )
      if (account === null && token !== null) {
        const accounts = (await read<{ id: string; name: string }[]>('/accounts')) ?? []
        const [only, another] = accounts
        if (only === undefined || another !== undefined) {
          const names = accounts.map(({ id, name }) => `${id} (${name})`).join(', ') || 'none'
          throw new CannotDeploy(`Set CLOUDFLARE_ACCOUNT_ID: the token is for ${names}.`)
        }
        account = only.id
      }
      return `/accounts/${account ?? 'ACCOUNT'}`
    },
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
