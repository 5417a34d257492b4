/** The pages of the dashboard, as every one of them lists them. */
import type { Sentence } from '../lib/locale.ts'
import { DASHBOARD_PATHS } from './dashboard/paths.ts'
import type { View } from './view.ts'
import { ACCOUNT } from './words/account.ts'
import { APPS } from './words/apps.ts'
import { KEYS } from './words/keys.ts'
import { OWNERS } from './words/owners.ts'
import { PAYMENTS } from './words/payments.ts'
import { USAGE } from './words/usage.ts'

interface Tab {
  path: string
  name: Sentence
  /** Whether only owners have the page. */
  forOwners?: true
}

/** A page is added here when it can be shown. */
const TABS: readonly Tab[] = [
  { path: DASHBOARD_PATHS.keys, name: KEYS.title },
  { path: DASHBOARD_PATHS.usage, name: USAGE.title },
  { path: DASHBOARD_PATHS.apps, name: APPS.title },
  { path: DASHBOARD_PATHS.account, name: ACCOUNT.title },
  { path: DASHBOARD_PATHS.accounts, name: OWNERS.all, forOwners: true },
  { path: DASHBOARD_PATHS.audit, name: OWNERS.audit, forOwners: true },
  { path: DASHBOARD_PATHS.payments, name: PAYMENTS.title, forOwners: true },
]

/** The pages that the person may open, in the language of the view. */
export function tabsOf({
  call,
  person,
  words,
}: View): { path: string; name: string; isHere: boolean }[] {
  const { path: here } = call.target
  return TABS.filter(({ forOwners }) => !forOwners || person?.isOwner).map(({ path, name }) => ({
    path,
    name: words.say(name),
    isHere: here === path || here.startsWith(`${path}/`),
  }))
}
