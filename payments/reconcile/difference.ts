/**
 * A difference between the ledger and the chain, or within the ledger, as parts of one sentence.
 */
export interface Difference {
  what: string
  challengeIds: string[]
  transaction: string | null
  expected: string
  found: string
}

/** Writes an amount of a currency, whose address is in lower case. */
export type Format = (amount: bigint, currency: string) => string
