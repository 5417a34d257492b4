/** Headers that every answer carries. */
import type { Stage } from '../context.ts'

export const securityHeaders: Stage = async function securityHeaders(c, next) {
  await next()
  const { headers } = c.res
  headers.set('x-content-type-options', 'nosniff')
  if (c.req.url.startsWith('https:')) {
    headers.set('strict-transport-security', 'max-age=31536000')
  }
}
