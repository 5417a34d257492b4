/**
 * The questions that the objects of this class ask each other. Claims are spread over many objects, so what must be
 * single for all claims (a transaction, the day's fee budget) has an object of its own, found by its name.
 */

/** An object of this class as another one calls it. */
export interface ChargePeer {
  /** Takes a transaction for a challenge. False: another challenge has it. */
  takeTransaction(hash: string, challengeId: string): boolean
  /** Gives the transaction back, if this challenge has it. */
  dropTransaction(hash: string, challengeId: string): void
  /**
   * Takes a fee (in millionths of a dollar) for one try out of the day's budget, once however often the same try
   * asks. False: the budget does not have that much left.
   */
  takeFee(tryId: string, fee: number, perDay: number): boolean
  /** Gives a try's fee back. */
  dropFee(tryId: string): void
}

/** The binding by which the objects reach each other. */
export type ChargeNamespace = DurableObjectNamespace<ChargePeer & Rpc.DurableObjectBranded>

/** The one object that keeps the day's fee budget. */
export const feeBudgetOf = (charges: ChargeNamespace) => charges.getByName('sponsor')

/** The object that knows which challenge has used a transaction: one for each first byte of its hash. */
export const usedTransactionsOf = (charges: ChargeNamespace, hash: string) =>
  charges.getByName(`transactions ${hash.slice(2, 4)}`)
