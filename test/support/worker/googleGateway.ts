/** A gateway whose people can sign in with "Google", which is an issuer of the test. */
import { vi } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { CLIENT, createIssuer } from '../openIdIssuer.ts'
import { type Browser, browserOf, recordingMail } from './browser.ts'
import { clientOf, recordingOrigin, shippedGateway, unlimited } from './gateway.ts'

type SignIn = NonNullable<Config['signIn']>

export const ISSUER = 'https://accounts.google.test'

/**
 * Creates the gateway and the issuer. The issuer answers every `fetch` of the isolate. `changes`
 * are of the settings of sign-in.
 */
export async function googleGateway(
  changes: Partial<SignIn> = {},
  more: Partial<Config> = {},
  issuerUrl = ISSUER,
) {
  const issuer = await createIssuer(issuerUrl)
  vi.stubGlobal('fetch', (input: RequestInfo, init?: RequestInit) =>
    issuer.answer(new Request(input, init)),
  )
  const shipped = shippedGateway(unlimited)
  if (shipped.signIn === null) throw new Error('the shipped config has no sign-in')
  const google = {
    clientId: CLIENT.clientId,
    secretFrom: 'GOOGLE_CLIENT_SECRET',
    issuer: issuerUrl,
  }
  const config: Config = { ...shipped, signIn: { ...shipped.signIn, google, ...changes }, ...more }
  const mail = recordingMail()
  const bindings = {
    ORIGIN: recordingOrigin().binding,
    MAIL: mail.binding,
    GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
  }
  const client = (others: object = {}) => clientOf(config, { ...bindings, ...others })
  const healthy = client()
  let browsers = 0
  return {
    issuer,
    config,
    mail,
    client,
    healthy,
    newBrowser: (of = healthy): Browser => browserOf(of, `203.5.${++browsers}.1`),

    /** Presses the button, and returns the URL at the issuer. */
    async leave(browser: Browser, returnTo = ''): Promise<string> {
      const answer = await browser.post('/sign-in/google', { return: returnTo })
      const location = answer.headers.get('location')
      if (answer.status !== 303 || location === null) throw new Error(`answered ${answer.status}`)
      return location
    },
  }
}

/** The path and query of the callback that the issuer sends a browser to. */
export const pathOf = (url: string): string => url.slice(new URL(url).origin.length)
