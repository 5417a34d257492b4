/** How currencies, times and text from others are written for a terminal. */
import type { Decimals } from '../../../src/config/amounts.ts'

/** A currency's address, and a note where the config does not say how its amounts are written. */
export function currencyName(currency: string, decimals: Decimals): string {
  const note = decimals.has(currency) ? '' : ' (its decimals are not in the gateway’s config)'
  return printable(currency) + note
}

/** Text on one line that cannot steer a terminal, because a payer chooses its own name. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}

/** Epoch milliseconds in ISO 8601, or as a number of milliseconds beyond what a `Date` can hold. */
export function formatTime(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : `${at} ms`
}
