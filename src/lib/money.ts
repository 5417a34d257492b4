/** Money is integers of the currency's smallest unit; a decimal string is only how it is written. */

/**
 * A price: like `parseAmount`, but "0" is one too, as who pays nothing still proves to have a wallet,
 * and more than 2^53 - 1 units is none, as the ledger's entries are numbers.
 */
export function parsePrice(text: string, decimals: number): bigint | null {
  if (text === '0') return 0n
  const amount = parseAmount(text, decimals)
  return amount === null || amount > BigInt(Number.MAX_SAFE_INTEGER) ? null : amount
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

/** An amount in the smallest unit of a currency with other decimals. Throws where that is not exact. */
export function rescale(amount: bigint, decimals: number, toDecimals: number): bigint {
  const scaled = amount * 10n ** BigInt(toDecimals)
  const one = 10n ** BigInt(decimals)
  if (scaled % one !== 0n) throw new Error('an amount is never rounded')
  return scaled / one
}
