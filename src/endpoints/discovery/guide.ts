/**
 * `/llms.txt` (llmstxt.org): the API in words, for programs and people that read before they call.
 */

import { belowBase, type Config, type Route } from '../../config/config.ts'
import type { CredentialKind } from '../../config/file.ts'
import { hasSignIn, OWN_PATHS } from '../../config/ownPaths.ts'
import { placedId } from '../../config/routePath.ts'
import { type OffersFor, priceInWords } from './offer.ts'
import { operationsOf } from './operations.ts'

const CREDENTIAL_NAMES: Record<CredentialKind, string> = {
  api_key: 'key',
  session: 'session',
  oauth: 'token',
  payment: 'payment',
  anonymous: 'no credential',
}

const HOW_TO_PAY = [
  'Payment: call without any other credential.',
  'A path with a price answers 402 with a challenge in `WWW-Authenticate: Payment`.',
  'Pay the challenge, and send the same request with the proof in `Authorization: Payment`,',
  'or in the header that the challenge names. A success carries `Payment-Receipt`;',
  'every answer to a payment says in `Payment-Status` what has become of the money.',
  'The challenge is binding, the price in this document is not.',
  'A price for each result (intent `session`) is paid from a payment channel:',
  'a voucher authorizes the most that the call can cost,',
  'and only the results that came back are charged.',
].join(' ')

const ONE_ONLY =
  '- Send only one of them. Of several, the first of `x-api-key`, `Authorization` and the cookie ' +
  'counts, valid or not.'

/**
 * The document as Markdown. The realm and the routes in it are one line of printable ASCII each, so
 * that no text of the config can add Markdown of its own.
 */
export function guideOf(config: Config, offersFor: OffersFor): string {
  const { publicUrl, basePath, realm, routes } = config
  const priced = operationsOf(config).flatMap(({ route, method, path }) => {
    const offers = offersFor(route)
    const [offer] = offers
    if (offer === undefined) return []
    const ways = offers.map((one) => code(one.method)).join(' or ')
    const choice = offers.length > 1 ? `, paid by ${ways}` : ''
    return [`- ${code(`${method} ${placeOf(config, path)}`)}: ${priceInWords(offer)}${choice}`]
  })
  const others = routes.filter((route) => offersFor(route).length === 0)
  return [
    `# ${toAscii(realm)}`,
    '> An HTTP API for programs and for people. ' +
      `Paths without a host are relative to ${publicUrl}${basePath}.`,
    section('Credentials', credentialLines(config)),
    section('Paid calls, without an account', priced),
    section('Other calls, and the credentials they take', [
      ...others.map((route) => routeLine(config, route)),
      '- `*` as the method is every method; `/*` at the end is the path before it and all below it.',
    ]),
    section('More', [
      `- [OpenAPI](${publicUrl}${OWN_PATHS.openApi}): every path, with prices`,
      `- [Prices](${publicUrl}${OWN_PATHS.prices}): for every price the recipient and the currency`,
      `- [Catalog](${publicUrl}${OWN_PATHS.apiCatalog}): the addresses of these documents`,
    ]),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

/** How to get and send each kind of credential that a route takes. */
function credentialLines(config: Config): string[] {
  const { publicUrl, sessions, routes } = config
  const taken = new Set(routes.flatMap(({ auth }) => auth))
  const texts: [CredentialKind, string][] = [
    [
      'api_key',
      'Key: send it in `x-api-key`, or as `Authorization: Bearer`; never in a query.' +
        (hasSignIn(config) ? ' An account creates its keys on the dashboard.' : ''),
    ],
    [
      'session',
      `Session: the cookie \`${sessions.cookie}\`, which a browser has after signing in.`,
    ],
    [
      'oauth',
      'Token: send it as `Authorization: Bearer <token>`. An application gets a token by OAuth 2.1, ' +
        `starting from ${publicUrl}${OWN_PATHS.serverMetadata}`,
    ],
    ['payment', HOW_TO_PAY],
  ]
  const known = texts.filter(([kind]) => taken.has(kind)).map(([, text]) => `- ${text}`)
  return [...known, ONE_ONLY]
}

function routeLine(config: Config, route: Route): string {
  return `- ${code(placedId(config, route))}: ${route.auth.map((kind) => CREDENTIAL_NAMES[kind]).join(' or ')}`
}

/** A path below the base path without the base path; any other path as a whole URL. */
const placeOf = (config: Config, path: string) => belowBase(config, path) ?? config.publicUrl + path

const section = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? '' : `## ${title}\n\n${lines.join('\n')}`

/** As a code span: on one line, without a backtick, which would end the span. */
const code = (text: string) => `\`${toAscii(text)}\``
const toAscii = (text: string) => text.replace(/[^ -_a-~]/g, '?')
