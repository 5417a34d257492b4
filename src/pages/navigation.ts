/** The pages of the dashboard, as every one of them lists them. */
import type { Sentence } from '../lib/locale.ts'
import type { View } from './view.ts'

interface Tab {
  path: string
  name: Sentence
  /** Whether only owners have the page. */
  forOwners?: true
}

/** A page is added here when it can be shown. */
const TABS: readonly Tab[] = []

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
