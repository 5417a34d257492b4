/**
 * Refuses service workers: an answer of an origin must not become a script of the gateway's host.
 */
import { Problem } from '../http/problem.ts'
import type { Stage } from '../pipeline/call.ts'

/**
 * Throws `cross_site_request` if a browser requests the script of a service worker (Service
 * Workers, "Service-Worker" header).
 */
export const noServiceWorker: Stage = (next) => (call) => {
  if (call.headers.has('service-worker')) {
    throw new Problem('cross_site_request', {
      message: 'An answer of this API cannot be the script of a service worker.',
    })
  }
  return next(call)
}
