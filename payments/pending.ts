/** Payments that were sent, and of which nobody knows yet whether they have moved. */
import type { Hex } from 'viem'
import { logError } from '../src/lib/log.ts'
import type { Books } from './books.ts'
import { askChain } from './chain.ts'
import type { Claim, Claims } from './claims.ts'
import { validBeforeOf } from './verify.ts'

/** By how much one node may be behind another that has the same address, in seconds. */
const NODES_LAG_S = 10

export type Pending = ReturnType<typeof createPending>

/** The pending payments of one object. */
export function createPending(rpcUrl: string, claims: Claims, books: Books) {
  /** The time of the chain's last block, in seconds. */
  async function chainTime(): Promise<number> {
    const head = await askChain(rpcUrl, 'eth_getBlockByNumber', ['latest', false])
    return Number((head as { timestamp?: string } | null)?.timestamp)
  }

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
        // The head before the receipt: what is not in a chain that is past its last second never will be.
        const now = await chainTime()
        const receipt = await askChain(rpcUrl, 'eth_getTransactionReceipt', [hash])
        if (claims.get(id)?.state !== 'pending') return
        const lastSecond = validBeforeOf(raw as Hex) ?? Number.POSITIVE_INFINITY
        if (receipt !== null) mined(claim, (receipt as { status?: string }).status)
        else if (now > lastSecond + NODES_LAG_S) books.released(claim)
        else await askChain(rpcUrl, 'eth_sendRawTransaction', [raw])
      } catch (error) {
        logError('still_pending', error)
      }
    },
  }
}
