/** How money and other people's text are written for a terminal. */

/** The tokens of the chain (TIP-20) have 6 decimals. */
const DECIMALS = 6

/** -150n → "-0.000150". */
export function formatAmount(amount: bigint): string {
  const digits = String(amount < 0n ? -amount : amount).padStart(DECIMALS + 1, '0')
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`
}

/** Text on one line that can't steer a terminal: a payer names itself. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}

/** Epoch milliseconds as a time that a person reads. */
export function formatTime(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : `${at} ms`
}
