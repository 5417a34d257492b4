/**
 * The questions that the objects of charges ask each other. Claims are spread over many objects,
 * so what must be single for all claims (a used transaction, the day's fee budget) is kept by one
 * object of the same class, which is found by its name.
 */

/** An object of charges, as another one calls it. */
export interface ChargePeer {
  /** Takes a transaction for a challenge. False: another challenge has it. */
  takeTransaction(hash: string, challengeId: string): boolean
  /** Gives a transaction back that this challenge has. */
  dropTransaction(hash: string, challengeId: string): void
  /**
   * Takes the fee of one try, in millionths of a dollar, out of the day's budget. A try that asks
   * again takes its fee only once. False: the budget has less left.
   */
  takeFee(tryId: string, fee: number, perDay: number): boolean
  /** Gives the fee of a try back. */
  dropFee(tryId: string): void
}

/** The binding by which the objects reach each other. */
export type ChargeNamespace = DurableObjectNamespace<ChargePeer & Rpc.DurableObjectBranded>

/** The one object that keeps the day's fee budget. */
export const feeBudgetOf = (charges: ChargeNamespace) => charges.getByName('sponsor')

/** The object that knows which challenge has a transaction: one for each first byte of a hash. */
export const usedTransactionsOf = (charges: ChargeNamespace, hash: string) =>
  charges.getByName(`transactions ${hash.slice(2, 4)}`)
