/** The Worker behind the gateway's payments: it is only its objects. */
export { PaymentChannelObject } from './channels/object.ts'
export { ChargeClaimsObject } from './chargeClaims.ts'

export default {
  fetch: () => new Response(null, { status: 404 }),
}
