/** `/dashboard/account`: the person's account, where it is signed in, and its end. */
import { Hono } from 'hono/tiny'
import type { Config } from '../../config/config.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { Problem } from '../../http/problem.ts'
import { parseEmail } from '../../lib/email.ts'
import { accountPage, deletedPage } from '../../pages/dashboard/account.tsx'
import { DASHBOARD_PATHS } from '../../pages/dashboard/paths.ts'
import type { View } from '../../pages/view.ts'
import type { App } from '../../pipeline/app.ts'
import type { Call } from '../../pipeline/call.ts'
import { deleteAccount } from '../../store/accountEnd.ts'
import type { Isolate } from '../../store/isolate.ts'
import { MAX_FORM_BYTES, readForm } from '../form.ts'
import { redirect } from '../redirect.ts'
import { clearedSession, type SignedInPerson } from '../session.ts'
import { signedIn } from './signedIn.ts'

/** The page of the account, and its forms: end a session, end all, delete the account. */
export function accountPages(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()

  const shown = async (call: Call, view: View, person: SignedInPerson, refused?: string) => {
    const sessions = await isolate.sessions.list(call.env, person.accountId)
    const isEnded = call.target.query === '?done=ended'
    return accountPage(view, { ...person, sessions, now: Date.now(), isEnded, refused })
  }
  const toSignIn = (call: Call) => redirect(OWN_PATHS.signIn, clearedSession(call, config))

  app.get(
    DASHBOARD_PATHS.account,
    signedIn(config, isolate, (call, view, person) => shown(call, view, person)),
  )

  app.post(
    DASHBOARD_PATHS.endSession,
    signedIn(config, isolate, async (call, _, { accountId, sessionId }) => {
      const form = await readForm(call.request, MAX_FORM_BYTES)
      const id = form.get('id') ?? ''
      if (!/^[\w-]{1,64}$/.test(id)) throw new Problem('invalid_id')
      // A session that has ended already, in another tab, is what the person wants.
      await isolate.sessions.endOne(call.env, accountId, id, call.waitUntil)
      return id === sessionId ? toSignIn(call) : redirect(`${DASHBOARD_PATHS.account}?done=ended`)
    }),
  )

  app.post(
    DASHBOARD_PATHS.endSessions,
    signedIn(config, isolate, async (call, _, { accountId }) => {
      await isolate.sessions.endAll(call.env, accountId, call.waitUntil)
      return toSignIn(call)
    }),
  )

  app.post(
    DASHBOARD_PATHS.deleteAccount,
    signedIn(config, isolate, async (call, view, person) => {
      const form = await readForm(call.request, MAX_FORM_BYTES)
      const typed = form.get('email') ?? ''
      if (parseEmail(typed) !== person.email) return shown(call, view, person, typed)
      const ended = await deleteAccount(call.env, person, Date.now())
      isolate.apiKeys.forget(ended.keyHashes)
      isolate.tokens.forget(ended.grantIds)
      await isolate.sessions.forget(call.env, ended.sessionHashes)
      await isolate.hearts.tell(
        call.env,
        person.accountId,
        { kind: 'account', id: '' },
        call.waitUntil,
      )
      return deletedPage({ ...view, person: null }, clearedSession(call, config))
    }),
  )

  return app
}
