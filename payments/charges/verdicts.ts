/** The meaning of what a payment's check has found. */
import type { ChargeOrder } from '../../src/contract/charge.ts'
import { Unavailable } from '../chain/unavailable.ts'
import { refusalOf, refusePayment } from '../refusal.ts'

/** The refusal that an error means. After its challenge's end a payment that is no good is late. */
export function refusedBy(error: unknown, { expiresAt }: Pick<ChargeOrder, 'expiresAt'>) {
  const { refusal, detail } = refusalOf(error)
  return refusePayment(Date.now() < expiresAt ? refusal : 'payment-expired', detail)
}

/** The answer of another object. Throws Unavailable, because its failure says nothing. */
export async function answerOf<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw new Unavailable('another object does not answer', { cause })
  }
}
