/** The caller's account: its plan, its usage, its locale. */

import * as z from 'zod/mini'
import { Problem } from '../http/problem.ts'
import { isoTime } from '../lib/time.ts'
import { json } from '../pipeline/answer.ts'
import { callerOf } from '../pipeline/call.ts'
import { LOCALES, setLocale, viewAccount } from '../store/accounts.ts'
import { accountOf, type Endpoint } from './endpoint.ts'
import { readJsonBody } from './jsonBody.ts'

const update = z.strictObject({ locale: z.enum(LOCALES) })

/**
 * `GET /account`: 200 with the plan, the locale, the usage of the account and, for a caller with an
 * API key, the usage of that key. Throws unauthenticated if the account or the key is gone.
 */
export const readAccount: Endpoint = async (call, { config }) => {
  const caller = callerOf(call)
  const keyId = caller.kind === 'api_key' ? caller.keyId : null
  const view = await viewAccount(call.env, accountOf(call), keyId)
  if (view === null) throw new Problem('unauthenticated')
  const { plan, locale, key, requests, activeKeys } = view
  return json({
    plan,
    locale,
    usage: {
      key: key === null ? undefined : keyUsage(key),
      account: { requests, activeKeys, apiKeyLimit: config.apiKeys.limit },
    },
  })
}

/** `PATCH /account` with `{"locale"}`: 200 once it is stored. Throws what `readJsonBody` throws. */
export const updateAccount: Endpoint = async (call, { route }) => {
  const { locale } = await readJsonBody(call, update, route.bodyBytes)
  await setLocale(call.env, accountOf(call), locale)
  return json({ success: true })
}

function keyUsage(key: { id: string; requests: number; lastUsedAt: number | null }) {
  const { id, requests, lastUsedAt } = key
  return { id, requests, lastUsedAt: lastUsedAt === null ? undefined : isoTime(lastUsedAt) }
}
