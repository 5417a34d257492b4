/**
 * The consent page: asks a signed-in person whether an OAuth client may act for the person's
 * account.
 */

import { OWN_PATHS } from '../config/ownPaths.ts'
import { shownText } from '../lib/shownText.ts'
import { page } from './layout.tsx'
import { anotherAccountHref } from './signIn.tsx'
import type { View } from './view.ts'
import { CONSENT } from './words/consent.ts'
import { SIGN_IN } from './words/signIn.ts'
import type { Words } from './words.ts'

/**
 * The facts on the page. Texts of a client are untrusted: the page cleans, cuts and escapes them.
 */
export interface Consent {
  /** As the client gave it. */
  clientName: string
  /**
   * The host of the client's metadata document, if the client has one: the host vouches for the
   * name.
   */
  clientHost?: string | undefined
  redirectHost: string
  /** Whether the redirect goes to the person's own computer, where any program may be listening. */
  isLoopback: boolean
  /** The program that the redirect URI's scheme belongs to, if it is an app's own scheme. */
  program?: string | undefined
  /** The scopes that are asked for: their names, and their meaning in words. */
  scopes: readonly { name: string; words: string }[]
  /** The URL that the tokens will open. */
  resource: string
  /** How long, in words. */
  lasts: string
  /** The URL where the person can end it, beside the application itself. */
  endedAt: string | undefined
  email: string
  /** Leads back to this page; null or none if it is too long. */
  returnPath?: string | null
  /** Names the one-time request that the answer belongs to. */
  requestToken: string
}

/** The longest text of a client that is shown, in code points. */
const MAX_SHOWN_NAME_LENGTH = 64
/** In code points: enough that no host is cut, because the end of a host says whose it is. */
const MAX_SHOWN_ADDRESS_LENGTH = 320

/**
 * The page. Its form posts `request`, `decision` ("approve" or "deny") and the ticked `scopes` to
 * the authorization endpoint; `choice` tells a form without a tick from one without the fields.
 */
export function consentPage(view: View, consent: Consent): Response {
  const { words } = view
  const { say, show } = words
  const name = shownText(consent.clientName, MAX_SHOWN_NAME_LENGTH)
  const bold = (
    <strong>
      <bdi>{name}</bdi>
    </strong>
  )
  const care = say(CONSENT.care)
  const another = anotherAccountHref(consent.returnPath ?? null)
  const content = (
    <>
      <p>
        {name === '' ? show(CONSENT.nameless, { care }) : show(CONSENT.named, { name: bold, care })}
      </p>
      <form method="post" action={OWN_PATHS.authorize}>
        <input type="hidden" name="request" value={consent.requestToken} />
        {/* Says that the boxes below were shown. A script that sends only the hidden fields and a
            decision has shown none, and decides about all scopes. */}
        <input type="checkbox" name="choice" value="scopes" checked hidden />
        <dl>
          <div>
            <dt>{say(CONSENT.able)}</dt>
            {consent.scopes.map((scope) => (
              <dd>
                <label>
                  <input type="checkbox" name="scopes" value={scope.name} checked />{' '}
                  <bdi>{shownText(scope.words, MAX_SHOWN_ADDRESS_LENGTH)}</bdi>
                </label>
              </dd>
            ))}
          </div>
          <Fact name={say(CONSENT.onlyAt)}>{address(consent.resource)}</Fact>
          {consent.clientHost === undefined ? null : (
            <Fact name={say(CONSENT.publisher)}>{address(consent.clientHost)}</Fact>
          )}
          <Fact name={say(CONSENT.sentTo)}>{address(consent.redirectHost)}</Fact>
          <Fact name={say(CONSENT.account)}>{address(consent.email)}</Fact>
          <Fact name={say(CONSENT.howLong)}>{consent.lasts}</Fact>
          <Fact name={say(CONSENT.toEnd)}>{endText(words, consent.endedAt)}</Fact>
        </dl>
        {consent.isLoopback ? (
          <p class="warning">
            {show(CONSENT.loopback, { bold: <strong>{say(CONSENT.loopbackBold)}</strong> })}
          </p>
        ) : null}
        {consent.program === undefined ? null : programWarning(words, consent.program)}
        <div class="choices">
          <button type="submit" name="decision" value="deny" class="second">
            {say(CONSENT.refuse)}
          </button>
          <button type="submit" name="decision" value="approve">
            {say(CONSENT.allow)}
          </button>
        </div>
      </form>
      <p class="soft last">
        {show(CONSENT.notYours, { other: <a href={another}>{say(SIGN_IN.otherAccount)}</a> })}
      </p>
    </>
  )
  return page(view, { title: say(CONSENT.title), isAlone: true, content })
}

/** A URL, a host or an e-mail address as it is shown. */
const address = (text: string) => shownText(text, MAX_SHOWN_ADDRESS_LENGTH)

function Fact({ name, children }: { name: string; children?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{children}</bdi>
      </dd>
    </div>
  )
}

const endText = ({ say }: Words, url: string | undefined) =>
  url === undefined ? say(CONSENT.disconnect) : say(CONSENT.disconnectAt, { url: address(url) })

function programWarning({ say, show }: Words, program: string) {
  const bold = <strong>{say(CONSENT.programBold, { program })}</strong>
  return <p class="warning">{show(CONSENT.program, { bold })}</p>
}
