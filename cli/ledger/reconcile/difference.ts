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
