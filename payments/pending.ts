/** Payments that were sent, and of which nobody knows yet whether they have moved. */
import type { Hex } from 'viem'
import { logError } from '../src/lib/log.ts'
import type { Books } from './books.ts'
import type { Claim, Claims } from './claims.ts'
import { fateOf } from './fate.ts'

export type Pending = ReturnType<typeof createPending>

/** The pending payments of one object. */
export function createPending(rpcUrl: string, claims: Claims, books: Books) {
  function mined(claim: Claim, status: string | undefined): void {
    if (status !== '0x1') {
      books.released(claim)
      return
    }
    const timestamp = new Date().toISOString()
    const reference = claim.hash ?? ''
    books.settled(claim.id, { method: 'tempo', status: 'success', timestamp, reference })
    const settled = claims.get(claim.id)
    // Nobody has it: the answer is owed from here on.
    if (settled !== null && Date.now() >= settled.heldUntil) books.undelivered(settled)
  }

  return {
    /**
     * Finds out what became of a payment, and sends it again while it can still be mined. Rejects never: what
     * is not found out now is looked at again, after the others.
     */
    async lookAt(claim: Claim): Promise<void> {
      const { hash, raw, id } = claim
      if (hash === null || raw === null) return
      claims.put(claim) // as the one that was changed last, it comes last
      try {
        const fate = await fateOf(rpcUrl, raw as Hex, hash as Hex)
        if (claims.get(id)?.state !== 'pending') return
        if (fate.state === 'mined') mined(claim, fate.receipt.status)
        else if (fate.state === 'gone') books.released(claim)
      } catch (error) {
        logError('still_pending', error)
      }
    },
  }
}
