/** Names the browser and the place of a request, for the list of a person's browsers. */
import { shownText } from '../lib/shownText.ts'

/** In characters. Browsers send fewer than 300. */
const MAX_USER_AGENT_LENGTH = 512
/** In code points: a city and a country. */
const MAX_PLACE_LENGTH = 80

/** Browsers by what only they say, those that also name another browser first. */
const BROWSERS: readonly [sign: string, name: string][] = [
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Vivaldi/', 'Vivaldi'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
  ['curl/', 'curl'],
]

const SYSTEMS: readonly [sign: string, name: string][] = [
  ['Windows', 'Windows'],
  ['Android', 'Android'],
  ['iPhone', 'iOS'],
  ['iPad', 'iPadOS'],
  ['Mac OS X', 'macOS'],
  ['CrOS', 'ChromeOS'],
  ['Linux', 'Linux'],
]

/**
 * A `User-Agent` → the browser and its system in words that need no translation, like "Firefox,
 * Windows". "" if neither is known: a program can send any text here, and none of it is kept.
 */
export function browserName(userAgent: string | null): string {
  const text = (userAgent ?? '').slice(0, MAX_USER_AGENT_LENGTH)
  const nameIn = (signs: typeof BROWSERS) => signs.find(([sign]) => text.includes(sign))?.[1] ?? []
  return [nameIn(BROWSERS), nameIn(SYSTEMS)].flat().join(', ')
}

/**
 * The platform's facts about a connection (`request.cf`) → the place, like "Izmir, TR". "" if they
 * do not say it.
 */
export function placeOf(cf: unknown): string {
  if (typeof cf !== 'object' || cf === null) return ''
  const { city, country } = cf as Record<string, unknown>
  const parts = [city, country].filter((part) => typeof part === 'string' && part !== '')
  return shownText(parts.join(', '), MAX_PLACE_LENGTH)
}
