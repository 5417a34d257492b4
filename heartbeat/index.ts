/**
 * The heartbeat Worker: it holds the Durable Objects that the gateway's isolates agree through. It
 * has no address.
 * See docs/decisions/0040.
 */
export { AccountObject } from './account/object.ts'
export { AddressObject } from './addresses/object.ts'

export default {
  fetch: () => new Response(null, { status: 404 }),
}
