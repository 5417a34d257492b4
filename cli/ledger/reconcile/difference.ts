export interface Difference {
  what: string
  challengeIds: string[]
  transaction: string | null
  expected: string
  found: string
}
