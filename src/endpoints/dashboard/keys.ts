/** `/dashboard/keys`: lists, creates and revokes API keys, as the routes of the API do. */
import { Hono } from 'hono/tiny'
import type { Config } from '../../config/config.ts'
import type { EndpointName } from '../../config/file.ts'
import { shownPrefix } from '../../credentials/apiKey.ts'
import { asProblem, Problem } from '../../http/problem.ts'
import { randomHex } from '../../lib/bytes.ts'
import { tooManyRequests } from '../../limits/headers.ts'
import { createdKeyPage } from '../../pages/dashboard/createdKey.tsx'
import { keysPage, type RefusedName } from '../../pages/dashboard/keys.tsx'
import { DASHBOARD_PATHS } from '../../pages/dashboard/paths.ts'
import { revokePage } from '../../pages/dashboard/revokeKey.tsx'
import type { View } from '../../pages/view.ts'
import { KEY_PROBLEM } from '../../pages/words/keys.ts'
import type { App } from '../../pipeline/app.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Isolate } from '../../store/isolate.ts'
import { readKeyName } from '../apiKeyInput.ts'
import { isKeyId } from '../apiKeys.ts'
import { MAX_FORM_BYTES, readForm } from '../form.ts'
import { isFresh, makeKeyOnce } from '../keyCreation.ts'
import { tellOfKey } from '../notice.ts'
import { redirect } from '../redirect.ts'
import { exampleOf } from './example.ts'
import { signedIn } from './signedIn.ts'

/** The list of keys, the form for a new one, and the question before one is revoked. */
export function keyPages(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  const { limit } = config.apiKeys

  const listPage = async (call: Call, view: View, accountId: string, refused?: RefusedName) => {
    const lately = await isolate.hearts.flush(call.env, accountId, call.waitUntil)
    const keys = await isolate.apiKeys.list(call.env, accountId)
    const isRevoked = call.target.query === '?done=revoked'
    const token = randomHex(16)
    return keysPage(view, { keys, lately, limit, token, now: Date.now(), isRevoked, refused })
  }

  /** Counts a form like the request of the API that does the same. */
  const count = async (
    { env, waitUntil }: Call,
    accountId: string,
    endpoint: EndpointName,
    kind: 'write' | 'delete',
  ) => {
    const route = config.routes.find(
      ({ target }) => 'endpoint' in target && target.endpoint === endpoint,
    )
    const limits = route?.limits[kind] ?? []
    const counted = await isolate.hearts.take(env, accountId, limits, Date.now(), waitUntil)
    if (!counted.admitted) throw tooManyRequests(counted)
    isolate.hearts.beat(env, accountId, limits, waitUntil)
  }

  app.get(
    DASHBOARD_PATHS.keys,
    signedIn(config, isolate, (call, view, { accountId }) => listPage(call, view, accountId)),
  )

  // The answer to the form is the one page that ever shows the key. A reload sends the same form
  // again, whose token stands for the same key.
  app.post(
    DASHBOARD_PATHS.createKey,
    signedIn(config, isolate, async (call, view, { accountId, sessionId }) => {
      const form = await readForm(call.request, MAX_FORM_BYTES)
      const token = form.get('token') ?? ''
      if (!/^[0-9a-f]{32}$/.test(token)) throw new Problem('invalid_input')
      const typed = form.get('name') ?? ''
      const reading = readKeyName(typed)
      if ('fault' in reading)
        return listPage(call, view, accountId, { typed, fault: reading.fault })
      await count(call, accountId, 'apiKeys.create', 'write')
      const wish = { name: reading.name, expiresAt: null }
      // No Idempotency-Key of the API has a blank in it.
      const idempotencyKey = `form ${sessionId} ${token}`
      try {
        const asked = { accountId, wish, idempotencyKey }
        const made = await makeKeyOnce(call, config, isolate, asked)
        if (made.earlier !== null && !isFresh(made.earlier)) throw new Problem('already_created')
        const prefix = shownPrefix(made.fullKey)
        tellOfKey({ call, config, isolate }, { accountId, id: made.id, name: made.name, prefix })
        return createdKeyPage(view, { ...made, example: exampleOf(config) })
      } catch (error) {
        throw inWordsOfForm(asProblem(error))
      }
    }),
  )

  app.get(
    DASHBOARD_PATHS.revokeKey,
    signedIn(config, isolate, async (call, view, { accountId }) => {
      const id = new URLSearchParams(call.target.query).get('id') ?? ''
      const lately = await isolate.hearts.flush(call.env, accountId, call.waitUntil)
      const keys = await isolate.apiKeys.list(call.env, accountId)
      const key = keys.find((one) => one.id === id && one.isActive)
      if (key === undefined) throw noSuchKey()
      const lastHour = lately === null ? null : (lately[`key ${id}`] ?? 0)
      return revokePage(view, { key, lastHour, now: Date.now() })
    }),
  )

  app.post(
    DASHBOARD_PATHS.revokeKey,
    signedIn(config, isolate, async (call, _, { accountId }) => {
      const form = await readForm(call.request, MAX_FORM_BYTES)
      const id = form.get('id') ?? ''
      if (!isKeyId(id)) throw noSuchKey()
      await count(call, accountId, 'apiKeys.revoke', 'delete')
      if (!(await isolate.apiKeys.revoke(call.env, accountId, id))) throw noSuchKey()
      return redirect(`${DASHBOARD_PATHS.keys}?done=revoked`)
    }),
  )

  app.onError((error) => {
    const problem = asProblem(error)
    problem.link ??= { href: DASHBOARD_PATHS.keys, words: KEY_PROBLEM.back }
    throw problem
  })
  return app
}

/** A refusal in the words of the form, which has no Idempotency-Key to speak of. */
function inWordsOfForm(problem: Problem): Problem {
  const { code } = problem
  if (code !== 'already_created' && code !== 'idempotency_key_reused') return problem
  return new Problem(code, { message: KEY_PROBLEM.shownOnce.en, inWords: KEY_PROBLEM.shownOnce })
}

function noSuchKey(): Problem {
  return new Problem('not_found', { message: KEY_PROBLEM.gone.en, inWords: KEY_PROBLEM.gone })
}
