/** `/dashboard/accounts` and `/dashboard/audit`: the pages of the people who run the gateway. */
import { Hono } from 'hono/tiny'
import type { Config } from '../../config/config.ts'
import { isOwner } from '../../config/signIn.ts'
import { Problem } from '../../http/problem.ts'
import { parseEmail } from '../../lib/email.ts'
import { accountsPage, auditPage } from '../../pages/dashboard/owners.tsx'
import { DASHBOARD_PATHS } from '../../pages/dashboard/paths.ts'
import { OWNERS } from '../../pages/words/owners.ts'
import type { App } from '../../pipeline/app.ts'
import type { Isolate } from '../../store/isolate.ts'
import {
  type AccountPlace,
  findAccount,
  listAccounts,
  listAudit,
  setDisabled,
} from '../../store/owners.ts'
import { MAX_FORM_BYTES, readForm } from '../form.ts'
import { redirect } from '../redirect.ts'
import { wayOn } from '../wayOn.ts'
import { forOwners } from './forOwners.ts'

/** The form of an account's id, in every version. */
const ACCOUNT_ID = /^[\w-]{1,64}$/

/** The list of accounts, what an owner can do to one, and the list of what was done. */
export function ownerPages(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()

  app.get(
    DASHBOARD_PATHS.accounts,
    forOwners(config, isolate, async (call, view) => {
      const query = new URLSearchParams(call.target.query)
      const asked = (query.get('q') ?? '').trim()
      const isMarked = (email: string) => isOwner(config, email)
      const isDone = query.has('done')
      if (asked !== '') {
        const found = await findAccount(call.env, parseEmail(asked) ?? idOf(asked))
        const items = found === null ? [] : [found]
        return accountsPage(view, { items, next: null, asked, isDone, isOwner: isMarked })
      }
      const behind = placeOf(query.get('after') ?? '')
      const page = await listAccounts(call.env, behind)
      if (isPastEnd(page, behind)) return redirect(DASHBOARD_PATHS.accounts)
      return accountsPage(view, { ...page, asked, isDone, isOwner: isMarked })
    }),
  )

  for (const act of ['disable', 'enable'] as const) {
    const path = act === 'disable' ? DASHBOARD_PATHS.disable : DASHBOARD_PATHS.enable
    app.post(
      path,
      forOwners(config, isolate, async (call, _, { accountId: actorId }) => {
        const form = await readForm(call.request, MAX_FORM_BYTES)
        const account = await findAccount(call.env, idOf(form.get('id') ?? ''))
        if (account === null) throw noSuchAccount()
        if (act === 'disable' && isOwner(config, account.email))
          throw new Problem('invalid_input', {
            message: OWNERS.isOwner.en,
            inWords: OWNERS.isOwner,
          })
        await setDisabled(call.env, { act, actorId, accountId: account.id }, Date.now())
        await isolate.hearts.tell(call.env, account.id, { kind: 'account', id: '' }, call.waitUntil)
        return redirect(`${DASHBOARD_PATHS.accounts}?q=${account.id}&done=${act}`)
      }),
    )
  }

  app.get(
    DASHBOARD_PATHS.audit,
    forOwners(config, isolate, async (call, view) => {
      const after = new URLSearchParams(call.target.query).get('after') ?? ''
      const behind = /^[1-9][0-9]{0,14}$/.test(after) ? Number(after) : null
      const page = await listAudit(call.env, behind)
      return isPastEnd(page, behind) ? redirect(DASHBOARD_PATHS.audit) : auditPage(view, page)
    }),
  )

  return app
}

/** Whether nothing is behind a place, so that the page would say of the whole list: it is empty. */
const isPastEnd = ({ items }: { items: unknown[] }, behind: unknown): boolean =>
  behind !== null && items.length === 0

/** The text if it has the form of an account's id, else one that is no account's. */
const idOf = (text: string): string => (ACCOUNT_ID.test(text) ? text : '')

/** "1764259200000-acc_1" → a place in the list of accounts; null for anything else. */
function placeOf(text: string): AccountPlace | null {
  const [, createdAt = '', id = ''] = /^([0-9]{1,15})-([\w-]{1,64})$/.exec(text) ?? []
  return id === '' ? null : { createdAt: Number(createdAt), id }
}

function noSuchAccount(): Problem {
  return wayOn(
    new Problem('not_found', { message: OWNERS.notFound.en, inWords: OWNERS.notFound }),
    { href: DASHBOARD_PATHS.accounts, words: OWNERS.all },
  )
}
