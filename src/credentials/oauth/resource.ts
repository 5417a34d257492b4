/** The resource that a token is for, and its scopes (RFC 6749 section 3.3, RFC 8707). */
import { IGNORED_SCOPES, type Resource } from '../../config/oauthSettings.ts'

/** The resource of the config that a request asks for, and one or more of its scopes. */
export interface Asked {
  resource: Resource
  scopes: readonly string[]
}

/** Why a request asks for nothing that can be granted. */
export interface AskedRefusal {
  error: 'invalid_scope' | 'invalid_target'
  /** For `error_description`: ASCII without quotes and backslashes. */
  sentence: string
}

const INVALID_TARGET: AskedRefusal = {
  error: 'invalid_target',
  sentence: 'No tokens are issued here for that resource.',
}

/**
 * Reads a request's `scope` and its `resource` parameters, of which several may name one resource.
 * A scope alone picks its resource, a resource alone all of its scopes, and nothing at all the
 * first resource. Both must agree; scopes of two resources never do.
 */
export function readAsked(
  resources: readonly [Resource, ...Resource[]],
  given: { scope: string | undefined; resources: readonly string[] },
): Asked | AskedRefusal {
  const named = new Set<Resource>()
  for (const url of given.resources) {
    const resource = resources.find((one) => isSameResource(url, one.url))
    if (resource === undefined) return INVALID_TARGET
    named.add(resource)
  }
  if (named.size > 1) return INVALID_TARGET
  const [asked] = named
  const scopes = scopeList(given.scope ?? '')
  if (scopes.length === 0) {
    const resource = asked ?? resources[0]
    return { resource, scopes: Object.keys(resource.scopes) }
  }
  const resource = resources.find((one) =>
    scopes.every((scope) => Object.hasOwn(one.scopes, scope)),
  )
  if (resource === undefined) {
    const known = resources.map((one) => Object.keys(one.scopes).join(' and '))
    return { error: 'invalid_scope', sentence: `scope must be ${known.join(', or ')}.` }
  }
  return asked === undefined || asked === resource ? { resource, scopes } : INVALID_TARGET
}

/** The scopes of a list, each once, without the ignored ones: `a  b a` and `openid a b` → a, b. */
export function scopeList(scope: string): string[] {
  const scopes = scope.split(' ').filter((one) => one !== '' && !IGNORED_SCOPES.includes(one))
  return [...new Set(scopes)]
}

/**
 * Whether a presented `resource` is `ours`: the same string, except for the case of scheme and
 * host, and one slash at the end (RFC 8707 section 2).
 */
export function isSameResource(presented: string, ours: string): boolean {
  if (presented === ours) return true
  const [left, right] = [withoutSlash(presented), withoutSlash(ours)]
  const end = right.indexOf('/', right.indexOf('://') + 3)
  const length = end < 0 ? right.length : end
  return (
    left.slice(0, length).toLowerCase() === right.slice(0, length).toLowerCase() &&
    left.slice(length) === right.slice(length)
  )
}

const withoutSlash = (url: string) => (url.endsWith('/') ? url.slice(0, -1) : url)

/**
 * Whether a grant's audiences have this one. They are URLs, separated by blanks: one for a grant of
 * one resource; older grants opened two, and keep them.
 */
export function isMeantFor(audiences: string, url: string): boolean {
  return audiences === url || audiences.split(' ').includes(url)
}
