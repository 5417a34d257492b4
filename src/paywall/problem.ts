/**
 * Payment problems on the wire: RFC 9457 problem details with the protocol's own types, and the
 * gateway's `error` code beside them.
 */

/** The `error` code, title and sentence of each type. */
const TYPES = {
  'payment-required': [
    'payment_required',
    'Payment Required',
    'This call costs money: pay, or call with a key.',
  ],
  'malformed-credential': [
    'payment_invalid',
    'Malformed Credential',
    'The payment credential cannot be read.',
  ],
  'invalid-challenge': [
    'payment_invalid',
    'Invalid Challenge',
    'The challenge is not valid for this request.',
  ],
  'payment-expired': ['payment_invalid', 'Payment Expired', 'The challenge has expired.'],
  'verification-failed': [
    'payment_invalid',
    'Verification Failed',
    'The payment could not be verified.',
  ],
  'payment-insufficient': [
    'payment_invalid',
    'Payment Insufficient',
    'The payment is lower than the price.',
  ],
  'method-unsupported': [
    'payment_invalid',
    'Method Unsupported',
    'This call cannot be paid for with this method and intent.',
  ],
  'invalid-payload': [
    'payment_invalid',
    'Invalid Payload',
    'The payload of the payment credential is not valid for its method.',
  ],
  'session/amount-exceeds-deposit': [
    'payment_invalid',
    'Amount Exceeds Deposit',
    "The voucher's amount is higher than the channel's deposit.",
  ],
  'session/channel-finalized': ['payment_invalid', 'Channel Finalized', 'The channel is closed.'],
  'session/channel-not-found': [
    'payment_invalid',
    'Channel Not Found',
    'The gateway does not know this channel.',
  ],
  'session/insufficient-balance': [
    'payment_required',
    'Insufficient Balance',
    'The vouchers of the channel do not cover this call.',
  ],
  'session/invalid-signature': [
    'payment_invalid',
    'Invalid Signature',
    'The signature of the voucher is not valid.',
  ],
  'session/signer-mismatch': [
    'payment_invalid',
    'Signer Mismatch',
    'The signer of the voucher may not spend from the channel.',
  ],
} as const satisfies Record<string, readonly [error: string, title: string, detail: string]>

export type PaymentProblemType = keyof typeof TYPES

/** Returns the body of a problem. `detail` replaces the sentence of the type; payers read it. */
export function paymentProblemBody(type: PaymentProblemType, status: number, detail?: string) {
  const [error, title, sentence] = TYPES[type]
  const message = detail ?? sentence
  return {
    type: `https://paymentauth.org/problems/${type}`,
    title,
    status,
    detail: message,
    error,
    message,
  }
}
