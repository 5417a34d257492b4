/** The page of the OAuth clients that a person has let in. */
import { type OAuth, scopeWords } from '../../config/oauthSettings.ts'
import { shownText } from '../../lib/shownText.ts'
import { MOST_LISTED } from '../../store/listed.ts'
import type { GrantListing } from '../../store/oauth/grantStatements.ts'
import { page } from '../layout.tsx'
import type { View } from '../view.ts'
import { APPS } from '../words/apps.ts'
import { KEYS } from '../words/keys.ts'
import { Day, Fact, LastUsed, Latest, Notice } from './facts.tsx'
import { DASHBOARD_PATHS } from './paths.ts'

export interface AppsPage {
  grants: readonly GrantListing[]
  oauth: OAuth | null
  /** Epoch milliseconds. */
  now: number
  /** Whether one was just ended. */
  isEnded: boolean
}

/** In code points. */
const MAX_NAME = 64
const MAX_URL = 320

/** The page; each application's form posts the grant's `id`. */
export function shownApps(view: View, { grants, oauth, now, isEnded }: AppsPage): Response {
  const { words } = view
  const content = (
    <>
      <p class="lead">{words.say(APPS.lead)}</p>
      {isEnded ? <Notice>{words.say(APPS.ended)}</Notice> : null}
      {grants.length === 0 ? (
        <section class="panel empty">
          <h2>{words.say(APPS.emptyTitle)}</h2>
          <p class="soft">{words.say(APPS.empty)}</p>
        </section>
      ) : (
        <>
          <ul class="items">
            {grants.map((grant) => (
              <GrantItem view={view} grant={grant} oauth={oauth} now={now} />
            ))}
          </ul>
          <Latest words={words} count={grants.length} most={MOST_LISTED.grants} />
        </>
      )}
    </>
  )
  return page(view, { title: words.say(APPS.title), width: 'wide', content })
}

function GrantItem({ view: { words }, grant, oauth, now }: GrantParts) {
  const { id, clientName, scope, audiences, createdAt, lastUsedAt } = grant
  const name = shownText(clientName, MAX_NAME) || words.say(APPS.nameless)
  const meanings = oauth && scopeWords(oauth, words.locale)
  return (
    <li>
      <h2>
        <bdi>{name}</bdi>
      </h2>
      <dl class="facts">
        <Fact name={words.say(APPS.may)}>
          {scope
            .split(' ')
            .map((one) => meanings?.get(one) ?? one)
            .join(', ')}
        </Fact>
        <Fact name={words.say(APPS.at)}>{shownText(audiences, MAX_URL)}</Fact>
        <Fact name={words.say(APPS.since)}>
          <Day words={words} ms={createdAt} />
        </Fact>
        <Fact name={words.say(KEYS.lastUsed)}>
          <LastUsed words={words} ms={lastUsedAt} now={now} />
        </Fact>
      </dl>
      <form method="post" action={DASHBOARD_PATHS.endApp}>
        <input type="hidden" name="id" value={id} />
        <button type="submit" class="second" aria-label={words.say(APPS.endNamed, { name })}>
          {words.say(APPS.end)}
        </button>
      </form>
    </li>
  )
}

interface GrantParts {
  view: View
  grant: GrantListing
  oauth: OAuth | null
  now: number
}
