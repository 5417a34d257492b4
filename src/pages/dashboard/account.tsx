/** The page of the person's own account, and the page that says that it is deleted. */
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { LOCALES } from '../../lib/locale.ts'
import { shownText } from '../../lib/shownText.ts'
import { MOST_LISTED } from '../../store/listed.ts'
import type { SessionListing } from '../../store/signIn/sessionStatements.ts'
import { page } from '../layout.tsx'
import type { View } from '../view.ts'
import { ACCOUNT } from '../words/account.ts'
import { LANGUAGE_NAMES } from '../words/frame.ts'
import { SIGN_IN } from '../words/signIn.ts'
import { Ago, Day, Fact, Latest, Notice } from './facts.tsx'
import { DASHBOARD_PATHS } from './paths.ts'

export interface AccountPage {
  accountId: string
  email: string
  /** Names the session of this browser. */
  sessionId: string
  sessions: readonly SessionListing[]
  /** Epoch milliseconds. */
  now: number
  /** Whether a session was just ended. */
  isEnded: boolean
  /** The text that was typed to delete the account and is not its e-mail address. */
  refused?: string | undefined
}

const HOUR_MS = 3_600_000
/** In characters: an e-mail address with blanks around it. */
const MAX_TYPED = 300

/** The page; with `refused`: status 400, and the complaint at the field. */
export function accountPage(view: View, parts: AccountPage): Response {
  const { words } = view
  const { accountId, email, sessions, isEnded, refused } = parts
  const content = (
    <>
      {isEnded ? <Notice>{words.say(ACCOUNT.ended)}</Notice> : null}
      <section class="panel">
        <dl class="facts">
          <Fact name={words.say(ACCOUNT.email)}>
            <bdi>{email}</bdi>
          </Fact>
          <Fact name={words.say(ACCOUNT.id)}>
            <span class="mono">{accountId}</span>
          </Fact>
        </dl>
      </section>
      <Language view={view} />
      <section>
        <h2>{words.say(ACCOUNT.browsers)}</h2>
        <p class="soft">{words.say(ACCOUNT.browsersLead)}</p>
        <ul class="items">
          {sessions.map((session) => (
            <Browser view={view} session={session} parts={parts} />
          ))}
        </ul>
        <Latest words={words} count={sessions.length} most={MOST_LISTED.sessions} />
        <form class="panel" method="post" action={DASHBOARD_PATHS.endSessions}>
          <p class="soft">{words.say(ACCOUNT.endAllLead)}</p>
          <button type="submit" class="second">
            {words.say(ACCOUNT.endAll)}
          </button>
        </form>
      </section>
      <Removal view={view} email={email} refused={refused} />
    </>
  )
  const status = refused === undefined ? 200 : 400
  return page(view, { status, title: words.say(ACCOUNT.title), width: 'wide', content })
}

/** The language of the account, posted as the footer of every page posts it. */
function Language({ view: { words } }: { view: View }) {
  return (
    <form class="panel" method="post" action={OWN_PATHS.language}>
      <input type="hidden" name="back" value={DASHBOARD_PATHS.account} />
      <div class="row">
        <div>
          <label for="locale">{words.say(ACCOUNT.language)}</label>
          <select id="locale" name="locale" aria-describedby="locale-lead">
            {LOCALES.map((locale) => (
              <option value={locale} lang={locale} selected={locale === words.locale}>
                {LANGUAGE_NAMES[locale]}
              </option>
            ))}
          </select>
        </div>
        <button type="submit" class="second">
          {words.say(ACCOUNT.save)}
        </button>
      </div>
      <p id="locale-lead" class="soft last">
        {words.say(ACCOUNT.languageLead)}
      </p>
    </form>
  )
}

interface BrowserParts {
  view: View
  session: SessionListing
  parts: AccountPage
}

function Browser({ view: { words }, session, parts: { sessionId, now } }: BrowserParts) {
  const { id, browser, place, createdAt, seenAt } = session
  const name = browser || words.say(ACCOUNT.unknownBrowser)
  const isHere = id === sessionId
  return (
    <li>
      <h3>
        {name} {isHere ? <span class="badge good">{words.say(ACCOUNT.thisBrowser)}</span> : null}
      </h3>
      <dl class="facts">
        <Fact name={words.say(ACCOUNT.place)}>
          <bdi>{place || words.say(ACCOUNT.unknownPlace)}</bdi>
        </Fact>
        <Fact name={words.say(ACCOUNT.signedIn)}>
          <Day words={words} ms={createdAt} />
        </Fact>
        <Fact name={words.say(ACCOUNT.lastSeen)}>
          {now - seenAt < HOUR_MS ? (
            words.say(ACCOUNT.lastHour)
          ) : (
            <Ago words={words} ms={seenAt} now={now} />
          )}
        </Fact>
      </dl>
      <form method="post" action={DASHBOARD_PATHS.endSession}>
        <input type="hidden" name="id" value={id} />
        <button type="submit" class="second" aria-label={words.say(ACCOUNT.endNamed, { name })}>
          {words.say(ACCOUNT.end)}
        </button>
      </form>
    </li>
  )
}

interface RemovalParts {
  view: View
  email: string
  refused: string | undefined
}

function Removal({ view: { words }, email, refused }: RemovalParts) {
  const isRefused = refused !== undefined
  return (
    <section class="panel" id="delete">
      <h2>{words.say(ACCOUNT.remove)}</h2>
      <p>{words.say(ACCOUNT.removeLead)}</p>
      <form method="post" action={DASHBOARD_PATHS.deleteAccount}>
        <label for="confirm">{words.show(ACCOUNT.removeType, { email: <bdi>{email}</bdi> })}</label>
        {isRefused ? (
          <p id="refused" class="error">
            {words.say(ACCOUNT.removeMismatch)}
          </p>
        ) : null}
        <input
          id="confirm"
          type="text"
          inputmode="email"
          name="email"
          required
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxlength={MAX_TYPED}
          value={shownText(refused ?? '', MAX_TYPED)}
          {...(isRefused ? { 'aria-invalid': 'true', 'aria-describedby': 'refused' } : {})}
        />
        <button type="submit" class="danger">
          {words.say(ACCOUNT.remove)}
        </button>
      </form>
    </section>
  )
}

/** Says that the account is deleted. `cookies` delete the cookies of the session. */
export function deletedPage(view: View, cookies: readonly string[]): Response {
  const { say } = view.words
  const content = (
    <>
      <p>{say(ACCOUNT.removed)}</p>
      <p class="last">
        <a href={OWN_PATHS.signIn}>{say(SIGN_IN.toSignIn)}</a>
      </p>
    </>
  )
  return page(view, { title: say(ACCOUNT.removedTitle), cookies, content })
}
