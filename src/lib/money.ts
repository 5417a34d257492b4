/** Money is integers of the currency's smallest unit; a decimal string is only how it is written. */

/**
 * A price: like `parseAmount`, but "0" is one too. Who pays nothing still proves to have a wallet.
 */
export function parsePrice(text: string, decimals: number): bigint | null {
  return text === '0' ? 0n : parseAmount(text, decimals)
}

/**
 * "0.00015" with 6 decimals → 150n. Null for anything that is not a plain positive decimal, or
 * has more decimals than the currency: a price is never rounded.
 */
export function parseAmount(text: string, decimals: number): bigint | null {
  if (text.length > 40) return null
  const match = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/.exec(text)
  if (match === null) return null
  const fraction = match[2] ?? ''
  if (fraction.length > decimals) return null
  const amount = BigInt((match[1] ?? '') + fraction.padEnd(decimals, '0'))
  return amount > 0n ? amount : null
}
