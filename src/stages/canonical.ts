/** Lets in only requests that have one reading, for a host that is ours. Repairs nothing. */

import { type Config, findRoute } from '../config/config.ts'
import { MAX_URL_LENGTH, readTarget } from '../http/path.ts'
import { Problem } from '../http/problem.ts'
import type { Stage } from '../pipeline/context.ts'

/** The most characters of request headers; a payment credential alone may need 4 KB. */
const MAX_HEADER_LENGTH = 65_536

export function canonical(config: Config): Stage {
  return async function canonical(c, next) {
    const { url, method, headers } = c.req.raw
    if (url.length > MAX_URL_LENGTH) throw new Problem('uri_too_long')
    const target = readTarget(url)
    if (target === null) throw new Problem('invalid_path')
    if (!config.hosts.has(hostnameOf(url))) throw new Problem('misdirected_request')
    if (headerLength(headers) > MAX_HEADER_LENGTH) throw new Problem('headers_too_large')
    if (looksLikeAnotherRow(config, method, target.path)) throw new Problem('invalid_path')
    c.set('target', target)
    await next()
  }
}

/** The host of an absolute URL, lower case, without port; brackets stay on an IPv6 address. */
function hostnameOf(url: string): string {
  const start = url.indexOf('://') + 3
  const authority = url.slice(start, url.indexOf('/', start))
  return authority.replace(/:\d+$/, '').toLowerCase()
}

function headerLength(headers: Headers): number {
  let length = 0
  headers.forEach((value, name) => {
    length += name.length + value.length
  })
  return length
}

/**
 * Whether a path matches one row, but would match another for an origin that ignores case or a
 * trailing slash: `/x/tweets/SEARCH` must not be a way around the limits of `/x/tweets/search`.
 */
function looksLikeAnotherRow(config: Config, method: string, path: string): boolean {
  if (!/[A-Z]|.\/$/.test(path)) return false
  const route = findRoute(config, method, path)
  if (route === undefined) return false
  const other = findRoute(config, method, foldPath(config, path))
  return other !== undefined && other !== route
}

function foldPath({ basePath }: Config, path: string): string {
  const kept = path.startsWith(`${basePath}/`) ? basePath : ''
  return kept + path.slice(kept.length).toLowerCase().replace(/\/$/, '')
}
