/** `/llms.txt` (llmstxt.org): the API in words, for who reads before calling. Pure. */

import { belowBase, type Config, type Route } from '../../config/config.ts'
import type { CredentialKind } from '../../config/file.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { type OffersOf, priceInWords } from './openApi.ts'
import { operationsOf } from './operations.ts'

const CREDENTIAL_NAMES: Record<CredentialKind, string> = {
  api_key: 'key',
  session: 'session',
  oauth: 'token',
  payment: 'payment',
  anonymous: 'nothing',
}

export function guideTo(config: Config, offersOf: OffersOf): string {
  const { publicUrl, basePath, realm, routes } = config
  const priced = operationsOf(config).flatMap(({ route, method, path }) => {
    const offers = offersOf(route)
    const [offer] = offers
    if (offer === undefined) return []
    const ways = offers.map((one) => code(one.method)).join(' or ')
    const choice = offers.length > 1 ? `, paid by ${ways}` : ''
    return [`- ${code(`${method} ${placeOf(config, path)}`)}: ${priceInWords(offer)}${choice}`]
  })
  const others = routes.filter((route) => offersOf(route).length === 0)
  return [
    `# ${toAscii(realm)}`,
    `> An HTTP API for people and for programs. Every path below begins with ${publicUrl}${basePath}`,
    section('How to get in', waysIn(config)),
    section('For sale, without an account', priced),
    section('The rest, and what each takes', [
      ...others.map((route) => rowLine(config, route)),
      '- A method `*` is every method; a `/*` at the end is the path before it and everything below.',
    ]),
    section('More', [
      `- [OpenAPI](${publicUrl}/openapi.json): every path, with prices`,
      `- [Prices](${publicUrl}/.well-known/mpp.json): who is paid what, in which currency`,
      `- [Catalog](${publicUrl}/.well-known/api-catalog): where all of this is`,
    ]),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

function waysIn({ publicUrl, sessions, routes }: Config): string[] {
  const taken = new Set(routes.flatMap(({ auth }) => auth))
  const ways: [CredentialKind, string][] = [
    ['api_key', 'Key: send it in `x-api-key`. An account makes its keys on the dashboard.'],
    [
      'session',
      `Session: the cookie \`${sessions.cookie}\`, which the dashboard has after signing in.`,
    ],
    [
      'oauth',
      `Token: send \`Authorization: Bearer\` and the token. An application gets one by OAuth 2.1, which begins at ${publicUrl}${OWN_PATHS.serverMetadata}`,
    ],
    [
      'payment',
      'Payment: call without any of these. A path that is for sale answers 402 with a challenge in `WWW-Authenticate: Payment`. ' +
        'Pay it, and send the same request with `Authorization: Payment` and the proof, or in the header that the challenge names. ' +
        'A success carries `Payment-Receipt`. The challenge counts, not the price that is written here. ' +
        'A price for each result (intent `session`) is paid from a payment channel: its vouchers authorize the most that a call can cost, and what came back is charged.',
    ],
  ]
  const known = ways.filter(([kind]) => taken.has(kind)).map(([, text]) => `- ${text}`)
  return [...known, '- Send one of them: the first that is there decides alone, valid or not.']
}

function rowLine(config: Config, { id, auth, segments }: Route): string {
  const isBelow = belowBase(config, `/${segments.join('/')}`) !== null
  const row = isBelow ? id : id.replace(' ', ` ${config.publicUrl}`)
  return `- ${code(row)}: ${auth.map((kind) => CREDENTIAL_NAMES[kind]).join(' or ')}`
}

/** A path below the base path, or the whole URL of another. */
const placeOf = (config: Config, path: string) => belowBase(config, path) ?? config.publicUrl + path

const section = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? '' : `## ${title}\n\n${lines.join('\n')}`

/** On one line, and nothing that ends a code span. */
const code = (text: string) => `\`${toAscii(text)}\``
const toAscii = (text: string) => text.replace(/[^ -_a-~]/g, '?')
