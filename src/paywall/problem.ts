/** Payment problems on the wire: RFC 9457 with the protocol's own types, and the contract's `error` beside. */

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
    'The challenge is not one that can be answered here.',
  ],
  'payment-expired': ['payment_invalid', 'Payment Expired', 'The challenge has expired.'],
  'verification-failed': [
    'payment_invalid',
    'Verification Failed',
    'The payment could not be verified.',
  ],
  'payment-insufficient': ['payment_invalid', 'Payment Insufficient', 'The payment is not enough.'],
  'method-unsupported': [
    'payment_invalid',
    'Method Unsupported',
    'This call cannot be paid for in that way.',
  ],
  'invalid-payload': [
    'payment_invalid',
    'Invalid Payload',
    'The payment credential does not have the form that its method asks for.',
  ],
  'session/amount-exceeds-deposit': [
    'payment_invalid',
    'Amount Exceeds Deposit',
    'The voucher is for more than the channel holds.',
  ],
  'session/channel-finalized': ['payment_invalid', 'Channel Finalized', 'The channel is closed.'],
  'session/channel-not-found': [
    'payment_invalid',
    'Channel Not Found',
    'There is no such channel here.',
  ],
  'session/insufficient-balance': [
    'payment_required',
    'Insufficient Balance',
    'What the channel has authorized does not cover this call.',
  ],
  'session/invalid-signature': [
    'payment_invalid',
    'Invalid Signature',
    'The signature of the voucher is not valid.',
  ],
  'session/signer-mismatch': [
    'payment_invalid',
    'Signer Mismatch',
    'The voucher is not signed by who may spend from the channel.',
  ],
} as const satisfies Record<string, readonly [error: string, title: string, detail: string]>

export type PaymentProblemType = keyof typeof TYPES

/** The problem's body. `detail` replaces the type's own sentence; it goes to the payer. */
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
