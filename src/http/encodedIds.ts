/**
 * Ids in paths that hold an encoded "/", "%" or ";", or end with a dot. Such a path has one reading
 * only for an origin that splits it before it decodes, so a route has to allow it.
 * See docs/decisions/0039.
 */
import { rawPathOf, readTarget, type Target } from './path.ts'

/** A target with the places of the segments that a route has to allow, counted from 0. */
export interface TargetWithIds {
  target: Target
  ids: readonly number[]
}

/**
 * A request's URL → its target, if only such ids keep it from having one reading; else null. An id
 * that means something else when it is decoded twice, or whose parts could be dot segments for an
 * origin that decodes first ("..%2F", "..%3B"), is none.
 */
export function readTargetWithIds(url: string): TargetWithIds | null {
  const path = rawPathOf(url)
  const segments = path.split('/').slice(1)
  const ids = segments.flatMap((segment, i) => (isPlain(segment) ? [] : [i]))
  if (!ids.every((i) => isId(segments[i] ?? ''))) return null
  const shown = segments.map((segment, i) => (ids.includes(i) ? 'id' : segment)).join('/')
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const target = readTarget(`${url.slice(0, start)}/${shown}${url.slice(start + path.length)}`)
  return target && { target: { ...target, path }, ids }
}

/**
 * The paths that an origin might make of such a path if it decodes before it splits, cuts at ";",
 * trims dots and blanks, or takes several slashes for one.
 */
export function otherReadings(path: string): string[] {
  const cut = (text: string) => text.replace(/(?:%3b|;)[^/]*/gi, '')
  const split = (text: string) => text.replace(/%2f/gi, '/')
  const trimmed = (text: string) =>
    text
      .replace(/(?<=\/)(?:%20)+|(?<!\.|%20)(?:\.|%20)+(?=\/|$)/g, '')
      .replace(/\/{2,}/g, '/')
      .replace(/\/$/, '')
  return [split(cut(path)), cut(split(path)), cut(path), split(path), path].map(trimmed)
}

const isPlain = (segment: string): boolean => readTarget(`http://a/${segment}`) !== null

function isId(segment: string): boolean {
  if (/%25[0-9a-f]{2}/i.test(segment)) return false
  const plain = segment.replace(/%2f|%25|%3b/gi, '-').replace(/\.$/, '-')
  if (!isPlain(plain)) return false
  // A part that begins like a dot segment is one for a reader that cuts or trims it.
  const parts = segment.replace(/%2f/gi, '/').replace(/%3b/gi, ';').replace(/%20/g, ' ').split('/')
  return parts.every((part) => !/^ *\.+(?:[; ]|$)/.test(part))
}
