/** The Worker behind the gateway's payments: it is only its objects. */
export { PaymentChannelObject } from './channels/object.ts'
export { ChargeClaimsObject } from './charges/object.ts'

export default {
  fetch: () => new Response(null, { status: 404 }),
}
