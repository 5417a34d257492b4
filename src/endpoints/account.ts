/** The caller's account. */

import * as z from 'zod/mini'
import { Problem } from '../http/problem.ts'
import { isoTime } from '../lib/time.ts'
import { json } from '../pipeline/answer.ts'
import { callerOf } from '../pipeline/call.ts'
import { LOCALES, setLocale, viewAccount } from '../store/accounts.ts'
import { accountOf, type Endpoint } from './endpoint.ts'
import { readBody } from './jsonBody.ts'

const update = z.strictObject({ locale: z.enum(LOCALES) })

/** `GET /account`: the plan, and the use of the account and of the key that asks, if one does. */
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
      ...(key === null ? {} : { key: { id: key.id, requests: key.requests, ...lastUse(key) } }),
      account: { requests, activeKeys, apiKeyLimit: config.apiKeys.limit },
    },
  })
}

/** `PATCH /account`: sets the locale. */
export const updateAccount: Endpoint = async (call, { route }) => {
  const { locale } = await readBody(call, update, route.bodyBytes)
  await setLocale(call.env, accountOf(call), locale)
  return json({ success: true })
}

const lastUse = ({ lastUsedAt }: { lastUsedAt: number | null }) =>
  lastUsedAt === null ? {} : { lastUsedAt: isoTime(lastUsedAt) }
