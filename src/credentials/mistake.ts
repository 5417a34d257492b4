/**
 * Says in one sentence why a credential was refused, where its kind or its form alone tells it.
 * Nothing is looked up, and no credential is part of a sentence.
 */

import type { Config, Route } from '../config/config.ts'
import type { CredentialKind } from '../config/file.ts'
import type { HeaderFields } from '../http/headerFields.ts'
import type { RefusalReason } from '../http/problem.ts'
import { keyFormsOf, keyInOtherHeader } from './apiKey.ts'
import { keyInAuthorization, keyMistake } from './apiKeyMistake.ts'
import type { PresentedCredential } from './presented.ts'

export interface CredentialMistake {
  sentence: string
  /** Whether an API key was sent, in the right place or in a wrong one. */
  holdsKey: boolean
}

const NAMES: Record<CredentialKind, string> = {
  api_key: 'an API key (x-api-key)',
  session: 'the session of a signed-in person (cookie)',
  oauth: 'a token (Authorization: Bearer)',
  payment: 'a payment',
  anonymous: 'calls without a credential',
}

/** Returns what is wrong with a request's credential on a route, or null if nothing tells it. */
export function mistakeOf(
  headers: HeaderFields,
  presented: PresentedCredential,
  reason: RefusalReason,
  route: Pick<Route, 'auth'>,
  config: Pick<Config, 'apiKeys'>,
): CredentialMistake | null {
  const forms = keyFormsOf(config.apiKeys)
  const aboutKey = (sentence: string | null) =>
    sentence === null ? null : { sentence, holdsKey: true }
  if (reason === 'key_in_header') {
    const name = keyInOtherHeader(headers, forms) ?? ''
    const place = /^[a-z0-9_-]{1,40}$/.test(name) ? `The header "${name}"` : 'A header'
    return aboutKey(`${place} holds an API key, but keys are read from x-api-key: send it there.`)
  }
  if (presented.kind === 'unknown')
    return aboutKey(keyInAuthorization(headers.get('authorization') ?? '', forms))
  const taken = route.auth.map((kind) => NAMES[kind]).join(' or ')
  if (presented.kind === 'none') return { sentence: `This path takes ${taken}.`, holdsKey: false }
  if (presented.kind === 'multiple' || presented.kind === 'payment') return null
  if (reason === `${presented.kind}_not_taken`) {
    const sentence = `This path does not take ${NAMES[presented.kind]}. It takes ${taken}.`
    return { sentence, holdsKey: presented.kind === 'api_key' }
  }
  if (presented.kind !== 'api_key') return null
  const field = forms.headers.find((name) => headers.has(name)) ?? 'Authorization: Bearer'
  return aboutKey(keyMistake(presented.value, field, config.apiKeys))
}
