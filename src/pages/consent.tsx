/**
 * The consent page: asks a signed-in person whether an OAuth client may act for the person's
 * account.
 */

import { OWN_PATHS } from '../config/ownPaths.ts'
import { shownText } from '../lib/shownText.ts'
import type { Call } from '../pipeline/call.ts'
import { page, siteOf } from './layout.tsx'
import { anotherAccountHref } from './signIn.tsx'

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
export function consentPage(call: Call, consent: Consent): Response {
  const name = shownText(consent.clientName, MAX_SHOWN_NAME_LENGTH)
  const content = (
    <>
      <p>
        {name === '' ? (
          'An application without a name'
        ) : (
          <>
            An application that calls itself{' '}
            <strong>
              <bdi>{name}</bdi>
            </strong>
          </>
        )}{' '}
        asks for access to your account. Any application can use any name, so allow access only if
        you have just connected this application yourself.
      </p>
      <form method="post" action={OWN_PATHS.authorize}>
        <input type="hidden" name="request" value={consent.requestToken} />
        {/* Says that the boxes below were shown. A script that sends only the hidden fields and a
            decision has shown none, and decides about all scopes. */}
        <input type="checkbox" name="choice" value="scopes" checked hidden />
        <dl>
          <div>
            <dt>It will be able to</dt>
            {consent.scopes.map((scope) => (
              <dd>
                <label>
                  <input type="checkbox" name="scopes" value={scope.name} checked />{' '}
                  <bdi>{shownText(scope.words, MAX_SHOWN_ADDRESS_LENGTH)}</bdi>
                </label>
              </dd>
            ))}
          </div>
          <Fact name="Only at">{address(consent.resource)}</Fact>
          {consent.clientHost === undefined ? null : (
            <Fact name="Published by">{address(consent.clientHost)}</Fact>
          )}
          <Fact name="You will be sent to">{address(consent.redirectHost)}</Fact>
          <Fact name="Your account">{address(consent.email)}</Fact>
          <Fact name="For how long">{consent.lasts}</Fact>
          <Fact name="To end it">{endText(consent.endedAt)}</Fact>
        </dl>
        {consent.isLoopback ? (
          <p class="warning">
            <strong>Your answer goes to a program on your own computer.</strong> Any program there
            could be asking. Allow access only if you have just started a program that needs it.
          </p>
        ) : null}
        {consent.program === undefined ? null : programWarning(consent.program)}
        <div class="choices">
          <button type="submit" name="decision" value="deny" class="second">
            Refuse
          </button>
          <button type="submit" name="decision" value="approve">
            Allow
          </button>
        </div>
      </form>
      <p class="soft last">
        Not your account?{' '}
        <a href={anotherAccountHref(consent.returnPath ?? null)}>Use another account</a>
      </p>
    </>
  )
  return page({ title: 'Allow access to your account?', site: siteOf(call), content })
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

const endText = (url: string | undefined) =>
  `Disconnect in the application${url === undefined ? '' : `, or end the grant at ${address(url)}`}`

function programWarning(program: string) {
  return (
    <p class="warning">
      <strong>Your answer goes to the program {program} on your own device.</strong> Any program
      there may claim this kind of address. Allow access only if you have just connected this
      program yourself.
    </p>
  )
}
