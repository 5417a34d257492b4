/** Forwards an answer to a call that is paid for already, while the origin still sends it. */
import type { Config } from '../../config/config.ts'
import type { Receipt } from '../../contract/wire.ts'
import type { ChunkReader } from '../../http/bodies/chunks.ts'
import type { HeldBody } from '../../http/bodies/withheld.ts'
import type { Answer } from '../../pipeline/answer.ts'
import { paidBody } from '../../pipeline/bodies.ts'
import type { Call } from '../../pipeline/call.ts'
import { withReceipt } from '../paidAnswer.ts'
import { setPaymentStatus } from '../paymentStatus.ts'
import { type Sale, soldStatus } from './chargeSale.ts'
import { endClaim, keepClaim } from './claim.ts'

/**
 * Forwards an answer that is already paid for, without withholding it. The answer counts as
 * delivered when its first bytes have gone out, because a payer who disconnects in the middle could
 * otherwise get the stream again and again.
 */
export function streamedAnswer(
  call: Call,
  sale: Sale,
  answer: Answer,
  held: HeldBody,
  receipt: Receipt,
  config: Config,
): Answer {
  const { id, order, amount, moved } = sale
  const letGo = keepClaim(call, id, order.holdMs)
  let isTold = false

  /** Tells the claim, once, whether the answer was delivered. */
  function tell(isDelivered: boolean): void {
    if (isTold) return
    isTold = true
    letGo()
    call.waitUntil(endClaim(call, id, isDelivered))
  }

  setPaymentStatus(call, soldStatus(amount, receipt, moved))
  if ('whole' in held) {
    tell(true)
    return withReceipt(answer, held.whole, receipt)
  }
  const sender = noticed(held.rest, () => tell(true))
  const { body, ended } = paidBody(call, answer, sender, config, held.share)
  call.waitUntil(ended.then((end) => tell(end === 'whole')))
  return withReceipt(answer, body, receipt)
}

/** Calls `onBegun` once the first chunk has been taken: only then is the second one asked for. */
function noticed({ read, cancel }: ChunkReader, onBegun: () => void): ChunkReader {
  let reads = 0
  return {
    read() {
      reads += 1
      if (reads === 2) onBegun()
      return read()
    },
    cancel,
  }
}
