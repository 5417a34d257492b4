/** Headers that every answer carries: what it is called, and how a browser must take it. */
import type { Stage } from '../pipeline/context.ts'

export const ownHeaders: Stage = async function ownHeaders(c, next) {
  await next()
  const { headers } = c.res
  headers.set('x-request-id', c.get('requestId'))
  headers.set('x-content-type-options', 'nosniff')
  if (c.req.url.startsWith('https:')) {
    headers.set('strict-transport-security', 'max-age=31536000')
  }
}
