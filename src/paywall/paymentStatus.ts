/** `Payment-Status`: what has become of the money of a presented payment, on every answer to it. */
import type { Call } from '../pipeline/call.ts'

/** The state of a payment's money. Amounts are in the currency's smallest unit. */
export interface PaymentStatus {
  /** Whether an answer was given for the money. Left out as long as that is not known. */
  charged?: boolean
  /** Whether it is not known yet if the payment has moved. */
  pending?: boolean
  /** The amount that was charged for the answer. */
  amount?: string
  /** The amount that has moved and is owed to the payer, who gets an answer for it. */
  owed?: string
  /** The transaction or the channel of the money. */
  reference?: string
  /** Until when the payer can get what is owed, in epoch seconds. */
  until?: number
}

/**
 * Returns a status as an RFC 9651 dictionary, like `charged=?0, owed="150", until=1795415288`. A
 * text that no RFC 9651 string can hold is left out.
 */
export function serializePaymentStatus(status: PaymentStatus): string {
  const { charged, pending, amount, owed, reference, until } = status
  const members = [
    charged === undefined ? null : `charged=?${charged ? 1 : 0}`,
    pending ? 'pending' : null,
    textMember('amount', amount),
    textMember('owed', owed),
    textMember('reference', reference),
    until === undefined ? null : `until=${Math.floor(until)}`,
  ]
  return members.filter((member) => member !== null).join(', ')
}

/**
 * Sets the status that the call's answer will carry, whatever the answer is: the origin's own error
 * and the problem of a later stage too. A later status replaces an earlier one.
 */
export function setPaymentStatus(call: Call, status: PaymentStatus): void {
  call.responseHeaders['payment-status'] = serializePaymentStatus(status)
}

function textMember(name: string, value: string | undefined): string | null {
  if (value === undefined || !/^[\x20-\x7e]*$/.test(value)) return null
  return `${name}="${value.replace(/[\\"]/g, '\\$&')}"`
}
