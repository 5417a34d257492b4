/** The facts that a page is made for: request, site, person and language. */
import type { Config, Site } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { preferredLocale } from '../http/accept.ts'
import { cookieValues } from '../http/cookies.ts'
import { parseReturnPath, returnPathOf } from '../http/returnPath.ts'
import { isLocale, type Locale } from '../lib/locale.ts'
import type { Call } from '../pipeline/call.ts'
import { type Words, wordsIn } from './words.ts'

/** The person who is signed in, as pages show them. */
export interface Reader {
  email: string
  locale: Locale
  /** Whether the person may see the pages of owners. */
  isOwner: boolean
}

/** Everything that the layout of a page needs, beside its content. */
export interface View {
  call: Call
  site: Site
  /** Null: nobody is signed in, or the page does not ask who. */
  person: Reader | null
  words: Words
  /** Where a change of language leads back to; null: to the form of sign-in. */
  back: string | null
}

/** The cookie with the language that was chosen before signing in. Not a secret. */
export const LOCALE_COOKIE = 'locale'

/** The view of a call. Its language is that of the person, of the browser's choice, or English. */
export function viewOf(call: Call, { site }: Config, person: Reader | null = null): View {
  const words = wordsIn(person?.locale ?? askedLocale(call))
  return { call, site, person, words, back: backTo(call) }
}

/**
 * The address of the page itself, but without a query that names a refused return path. For a form
 * of the dashboard, of the page that it is on: `/dashboard/keys` for `/dashboard/keys/new`.
 */
function backTo({ method, target }: Call): string | null {
  if (method !== 'GET')
    return target.path.startsWith(`${OWN_PATHS.dashboard}/`)
      ? parseReturnPath(target.path.split('/', 3).join('/'))
      : null
  const asked = new URLSearchParams(target.query).get('return')
  const isRefused = asked !== null && parseReturnPath(asked) === null
  return isRefused ? parseReturnPath(target.path) : returnPathOf(target)
}

/**
 * The language that a browser asks for: the one chosen in the footer, else the first of
 * `Accept-Language` that there is, else English.
 */
export function askedLocale(call: Call): Locale {
  const [chosen = ''] = cookieValues(call.header('cookie') ?? '', LOCALE_COOKIE)
  if (isLocale(chosen)) return chosen
  return preferredLocale(call.header('accept-language') ?? '') ?? 'en'
}
