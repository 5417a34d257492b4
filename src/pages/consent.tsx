/** Asks a signed-in person whether a client may act for them. */
import type { AppContext } from '../context.ts'
import { shownText } from '../lib/shownText.ts'
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
  resource: string
  email: string
  /** Names the one-time request that the answer belongs to. */
  requestToken: string
}

/** The longest text of a client's that is shown, in code points. */
const MAX_NAME = 64
const MAX_HOST = 120

/** What a scope lets a client do, for people. One that is not here is shown as it is. */
const SCOPES: Record<string, string> = { 'mcp:tools': 'Use the tools of this account' }

/** The page. Its form posts `request` and `decision` ("approve" or "deny") to `/api/oauth/authorize`. */
export function consentPage(c: AppContext, consent: Consent): Response {
  const name = shownText(consent.clientName, MAX_NAME) || 'An application without a name'
  const content = (
    <>
      <p>
        <strong>
          <bdi>{name}</bdi>
        </strong>{' '}
        asks to act for you here. It chose this name itself; allow it only if you have just started
        this.
      </p>
      <dl>
        <Fact name="It may">{scopeText(consent.scope)}</Fact>
        <Fact name="At">{shownText(consent.resource, MAX_HOST)}</Fact>
        {consent.clientHost === undefined ? null : (
          <Fact name="It is described by">{shownText(consent.clientHost, MAX_HOST)}</Fact>
        )}
        <Fact name="You will be sent to">{shownText(consent.redirectHost, MAX_HOST)}</Fact>
        <Fact name="Your account">{shownText(consent.email, MAX_HOST)}</Fact>
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
    </>
  )
  return page({ title: 'Allow access?', site: siteOf(c), content })
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
  const texts = scope.split(' ').map((one) => SCOPES[one] ?? shownText(one, MAX_NAME))
  return texts.join(', ')
}
