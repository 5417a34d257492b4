/** The layout of every page, and the headers that every page is sent with. */

import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { randomHex } from '../lib/bytes.ts'
import type { Call } from '../pipeline/call.ts'
import { STYLE } from './style.ts'

/** The host name that the page was asked for by, as the name of the site. */
export const siteOf = (call: Call): string => new URL(call.url).hostname

export interface Page {
  status?: number
  title: string
  /** The name of the site, at the top of the page. */
  site: string
  headers?: Record<string, string>
  /** Values of `Set-Cookie`. */
  cookies?: readonly string[]
  content: Child
}

/**
 * A whole page as HTML. It has no script, loads nothing, and may be in no frame and no cache. Its
 * policy has no `form-action`, because browsers apply that directive to the redirect that answers a
 * form, and would block the redirect back to an OAuth client.
 */
export function page(parts: Page): Response {
  const { status = 200, title, site, headers, cookies = [], content } = parts
  const nonce = randomHex(16)
  const html = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · ${site}`}</title>
        <style nonce={nonce}>{raw(STYLE)}</style>
      </head>
      <body>
        <header>{site}</header>
        <main>
          <h1>{title}</h1>
          {content}
        </main>
      </body>
    </html>
  )
  const response = new Response(`<!doctype html>${html}`, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; frame-ancestors 'none'`,
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}
