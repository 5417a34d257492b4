/**
 * The consent page: asks a signed-in person whether an OAuth client may act for the person's
 * account.
 */

import { OWN_PATHS } from '../config/ownPaths.ts'
import { shownText } from '../lib/shownText.ts'
import type { Call } from '../pipeline/call.ts'
import { page, siteOf } from './layout.tsx'

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
  scope: string
  /** Everything that the tokens will open: URLs, separated by blanks. */
  audiences: string
  email: string
  /** Names the one-time request that the answer belongs to. */
  requestToken: string
}

/** The longest text of a client that is shown, in code points. */
const MAX_SHOWN_NAME_LENGTH = 64
/** In code points: enough that no host is cut, because the end of a host says whose it is. */
const MAX_SHOWN_ADDRESS_LENGTH = 320

/** Scopes in words for people. A scope that is not listed is shown as it is. */
const SCOPES: Record<string, string> = { 'mcp:tools': 'Use the tools of this account' }

/**
 * The page. Its form posts `request` and `decision` ("approve" or "deny") to the authorization
 * endpoint.
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
      <dl>
        <Fact name="It will be able to">{scopeText(consent.scope)}</Fact>
        <Fact name="At these addresses">{address(consent.audiences.replaceAll(' ', ', '))}</Fact>
        {consent.clientHost === undefined ? null : (
          <Fact name="Published by">{address(consent.clientHost)}</Fact>
        )}
        <Fact name="You will be sent to">{address(consent.redirectHost)}</Fact>
        <Fact name="Your account">{address(consent.email)}</Fact>
      </dl>
      {consent.isLoopback ? (
        <p class="warning">
          <strong>Your answer goes to a program on your own computer.</strong> Any program there
          could be asking. Allow access only if you have just started a program that needs it.
        </p>
      ) : null}
      {consent.program === undefined ? null : (
        <p class="warning">
          <strong>Your answer goes to the program {consent.program} on your own device.</strong> Any
          program there may claim this kind of address. Allow access only if you have just connected
          this program yourself.
        </p>
      )}
      <form method="post" action={OWN_PATHS.authorize}>
        <input type="hidden" name="request" value={consent.requestToken} />
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
        Not your account? <a href={OWN_PATHS.signIn}>Use another account</a>
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

function scopeText(scope: string): string {
  const texts = scope.split(' ').map((one) => SCOPES[one] ?? shownText(one, MAX_SHOWN_NAME_LENGTH))
  return texts.join(', ')
}
