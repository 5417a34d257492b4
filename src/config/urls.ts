/**
 * The forms of URLs and hosts in the config. Apart from the schema, because variables hold URLs
 * too.
 */

/**
 * The URL of an origin without its trailing slashes. Null unless it is https, or http on loopback,
 * without user, query and fragment.
 */
export function parseOriginUrl(value: string): string | null {
  // An empty query or fragment is nothing to the URL class, but it would swallow an added path.
  if (!URL.canParse(value) || /[?#]/.test(value)) return null
  const url = new URL(value)
  const loopback = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) return null
  if (url.username !== '' || url.password !== '') return null
  return url.href.replace(/\/+$/, '')
}

/** The gateway's own URL: like the URL of an origin, but without a path. Null for any other. */
export function parsePublicUrl(value: string): string | null {
  const url = parseOriginUrl(value)
  return url !== null && new URL(url).origin === url ? url : null
}

/** A lower-case host name without a port, as it is. Null for any other text. */
export function parseHost(value: string): string | null {
  if (value.includes('*')) return null
  return URL.canParse(`https://${value}`) && new URL(`https://${value}`).hostname === value
    ? value
    : null
}

/** An exact browser origin like "https://app.example.com", as it is. Null for any other text. */
export function parseOrigin(value: string): string | null {
  if (value.includes('*')) return null
  return /^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value
    ? value
    : null
}
