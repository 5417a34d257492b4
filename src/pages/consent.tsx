/** Asks a signed-in person whether a client may act for them. */

import { shownText } from '../lib/shownText.ts'
import type { Call } from '../pipeline/call.ts'
import { page, siteOf } from './layout.tsx'

export interface Consent {
  /** As the client gave it. Like every text here it is cleaned, cut and escaped before it is shown. */
  clientName: string
  /** The host of the client's metadata document, where there is one: it vouches for the name. */
  clientHost?: string | undefined
  redirectHost: string
  /** Whether the redirect goes to the person's own computer, where any program may be listening. */
  isLoopback: boolean
  scope: string
  /** All that the tokens will open, URLs with blanks between. */
  audiences: string
  email: string
  /** Names the one-time request that the answer belongs to. */
  requestToken: string
}

/** The longest text of a client's that is shown, in code points. A host is never cut: its end says whose it is. */
const MAX_SHOWN_NAME_LENGTH = 64
const MAX_ADDRESS = 320

/** What a scope lets a client do, for people. One that is not here is shown as it is. */
const SCOPES: Record<string, string> = { 'mcp:tools': 'Use the tools of this account' }

/** The page. Its form posts `request` and `decision` ("approve" or "deny") to `/api/oauth/authorize`. */
export function consentPage(call: Call, consent: Consent): Response {
  const name =
    shownText(consent.clientName, MAX_SHOWN_NAME_LENGTH) || 'An application without a name'
  const content = (
    <>
      <p>
        An application that calls itself{' '}
        <strong>
          <bdi>{name}</bdi>
        </strong>{' '}
        wants to act for you. Anybody can choose a name: allow this only if you have just started
        it.
      </p>
      <dl>
        <Fact name="It may">{scopeText(consent.scope)}</Fact>
        <Fact name="At">{shownText(consent.audiences.replaceAll(' ', ', '), MAX_ADDRESS)}</Fact>
        {consent.clientHost === undefined ? null : (
          <Fact name="Described by">{shownText(consent.clientHost, MAX_ADDRESS)}</Fact>
        )}
        <Fact name="You will be sent to">{shownText(consent.redirectHost, MAX_ADDRESS)}</Fact>
        <Fact name="Your account">{shownText(consent.email, MAX_ADDRESS)}</Fact>
      </dl>
      {consent.isLoopback ? (
        <p class="warning">
          <strong>This leads to a program on your own computer.</strong> Any program there could be
          asking. Allow it only if you have just started one that needs it.
        </p>
      ) : null}
      <form method="post" action="/api/oauth/authorize">
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
        Not you? <a href="/sign-in">Use another account</a>
      </p>
    </>
  )
  return page({ title: 'Allow access to your account?', site: siteOf(call), content })
}

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
