/** Reads amounts of money: a decimal string becomes an integer of the currency's smallest unit. */

/**
 * A price, like "0.00015" → units of the currency's smallest unit, or null. As `parseAmount`, but
 * "0" is a price, because a payer of nothing still proves to own a wallet; and more than 2^53 - 1
 * units is not a price, because the ledger's entries are JavaScript numbers.
 */
export function parsePrice(text: string, decimals: number): bigint | null {
  if (text === '0') return 0n
  const amount = parseAmount(text, decimals)
  return amount === null || amount > BigInt(Number.MAX_SAFE_INTEGER) ? null : amount
}

/**
 * "0.00015" with 6 decimals → 150n of the smallest unit. Null if `text` is not a plain decimal
 * above 0, or has more decimals than the currency, because an amount is never rounded.
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

/**
 * An amount in the smallest unit of a currency with `decimals` → the same amount in that of a
 * currency with `toDecimals`. Throws if the result would have to be rounded.
 */
export function rescale(amount: bigint, decimals: number, toDecimals: number): bigint {
  const scaled = amount * 10n ** BigInt(toDecimals)
  const one = 10n ** BigInt(decimals)
  if (scaled % one !== 0n) throw new Error('an amount is never rounded')
  return scaled / one
}

/** An amount in the smallest unit of a dollar currency → "$0.00015", without zeros at its end. */
export function shownDollars(amount: string, decimals: number): string {
  const digits = amount.padStart(decimals + 1, '0')
  const point = digits.length - decimals
  const fraction = digits.slice(point).replace(/0+$/, '')
  return `$${digits.slice(0, point)}${fraction === '' ? '' : `.${fraction}`}`
}
