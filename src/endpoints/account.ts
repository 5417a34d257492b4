/** The caller's account: its plan, its usage, its locale, and what an origin knows of it. */

import * as z from 'zod/mini'
import type { LatelyUsed } from '../contract/heartbeat.ts'
import { readBytes } from '../http/body.ts'
import { Problem } from '../http/problem.ts'
import { deadline } from '../lib/deadline.ts'
import { LOCALES } from '../lib/locale.ts'
import { log } from '../lib/log.ts'
import { describeCause } from '../lib/redact.ts'
import { isoTime } from '../lib/time.ts'
import { json } from '../pipeline/answer.ts'
import { type Call, callerOf, type Handler } from '../pipeline/call.ts'
import { type AccountView, setLocale, viewAccount } from '../store/accounts.ts'
import { accountOf, type Endpoint } from './endpoint.ts'
import { readJsonBody } from './jsonBody.ts'

const update = z.strictObject({ locale: z.enum(LOCALES) })

/** The largest answer of the origin that is merged, in bytes. */
const MAX_MERGED_BYTES = 65_536
/** The time in which the whole answer of the origin must be there, in milliseconds. */
const MERGE_TIMEOUT_MS = 2_000

/** Members that an origin never sets: the gateway's own, and two that would mislead readers. */
const NOT_MERGED = new Set(['plan', 'locale', 'usage', 'partial', 'error', '__proto__'])

/** Headers that ask for a part of an answer, or for none. */
const CONDITIONS = ['range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since']

/**
 * `GET /account`: 200 with the plan, the locale, the usage of the account and, for a caller with an
 * API key, the usage of that key. If the route has an origin, the members of its 200 JSON object
 * are added; an origin that fails is told by `partial`. Throws unauthenticated if the account or
 * the key is gone.
 */
export const readAccount: Endpoint = async (call, { config, isolate, merged }) => {
  const caller = callerOf(call)
  const keyId = caller.kind === 'api_key' ? caller.keyId : null
  const accountId = accountOf(call)
  const viewed = async () => {
    const lately = await isolate.hearts.flush(call.env, accountId, call.waitUntil)
    return [await viewAccount(call.env, accountId, keyId), lately] as const
  }
  const [[view, lately], others] = await Promise.all([
    viewed(),
    // A HEAD has no body to add to.
    merged === null || call.method === 'HEAD' ? {} : membersOf(merged, call),
  ])
  if (view === null) throw new Problem('unauthenticated')
  const { plan, locale, key, requests, activeKeys } = view
  const own = {
    plan,
    locale,
    usage: {
      key: key === null ? undefined : keyUsage(key, lately),
      account: {
        requests,
        lastHour: lately === null ? undefined : sum(Object.values(lately)),
        activeKeys,
        apiKeyLimit: config.apiKeys.limit,
      },
    },
    partial: others === null ? true : undefined,
  }
  return json(Object.fromEntries([...Object.entries(others ?? {}), ...Object.entries(own)]))
}

/**
 * The members of the origin's answer that may stand beside the gateway's own. Null if the origin
 * fails, is late, or answers with anything but a JSON object.
 */
async function membersOf(merged: Handler, call: Call): Promise<Record<string, unknown> | null> {
  for (const name of CONDITIONS) call.headers.delete(name)
  try {
    const text = await deadline(MERGE_TIMEOUT_MS, async () => {
      const { status, body } = await merged(call)
      if (status !== 200) throw new Error(`the origin answered ${status}`)
      const bytes = body instanceof ReadableStream ? await readBytes(body, MAX_MERGED_BYTES) : null
      if (bytes === null) throw new Error('the answer of the origin is too large, or has no body')
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
    })
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error('the answer of the origin is no JSON object')
    return Object.fromEntries(Object.entries(value).filter(([name]) => !NOT_MERGED.has(name)))
  } catch (error) {
    // An error of the parser quotes the text, which is the account's.
    const cause = error instanceof SyntaxError ? new Error('no JSON') : error
    log('warn', 'account_is_partial', { requestId: call.id, cause: describeCause(cause) })
    return null
  }
}

/** `PATCH /account` with `{"locale"}`: 200 once it is stored. Throws what `readJsonBody` throws. */
export const updateAccount: Endpoint = async (call, { route }) => {
  const { locale } = await readJsonBody(call, update, route.bodyBytes)
  await setLocale(call.env, accountOf(call), locale)
  return json({ success: true })
}

type KeyUsage = NonNullable<AccountView['key']>

/** `lately` is what was used in the last hour; null: it is not known, and so is not said. */
function keyUsage({ id, requests, lastUsedAt }: KeyUsage, lately: LatelyUsed | null) {
  return {
    id,
    requests,
    lastHour: lately === null ? undefined : (lately[`key ${id}`] ?? 0),
    lastUsedAt: lastUsedAt === null ? undefined : isoTime(lastUsedAt),
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)
