/**
 * Counts the channels that a payer has opened today (UTC) and of which nothing was spent. The
 * object of charges that is named by the payer keeps the count, as a day's budget.
 */
import type { ChargeNamespace } from '../charges/peers.ts'

/** How many such channels a payer may have opened in a day. */
const MAX_UNSPENT = 3
const DAY_MS = 86_400_000

const budgetOf = (charges: ChargeNamespace, payer: string) => charges.getByName(`openings ${payer}`)

/**
 * Counts a channel that is about to be opened, once however often it is asked. Resolves to the
 * refusal if there are too many. Rejects if the count does not answer.
 */
export async function countOpening(charges: ChargeNamespace, payer: string, channelId: string) {
  if (await budgetOf(charges, payer).takeFee(channelId, 1, MAX_UNSPENT)) return null
  const retryAfter = Math.ceil((DAY_MS - (Date.now() % DAY_MS)) / 1000)
  return { state: 'limited', retryAfter } as const
}

/** Something was spent on the channel, or it does not open: it counts no more. */
export async function uncountOpening(
  charges: ChargeNamespace,
  payer: string,
  channelId: string,
): Promise<void> {
  await budgetOf(charges, payer).dropFee(channelId)
}
