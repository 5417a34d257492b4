/** How an amount of the ledger is written: with the decimals of its currency. */
import type { Payments } from './config.ts'

/** The decimals of each currency, by its address in lower case. */
export type Decimals = ReadonlyMap<string, number>

/**
 * The decimals of the currencies that the config names. `localCurrency` is the token that `npm run
 * dev` puts in the place of the config's `currency`; null for a deployed ledger. An address that
 * names two tokens with different decimals, one on each chain, is left out: an entry does not say
 * which it means.
 */
export function decimalsOf(payments: Payments | null, localCurrency: string | null): Decimals {
  const decimals = new Map<string, number>()
  if (payments === null) return decimals
  decimals.set(payments.currency, payments.decimals)
  if (localCurrency !== null) decimals.set(localCurrency.toLowerCase(), payments.decimals)
  const { evm } = payments
  if (evm === null) return decimals
  if ((decimals.get(evm.currency) ?? evm.decimals) === evm.decimals)
    decimals.set(evm.currency, evm.decimals)
  else decimals.delete(evm.currency)
  return decimals
}

/**
 * Writes an amount, given in the smallest unit of its currency (an address in lower case): -150n is
 * "-0.000150" with 6 decimals, and "-150 smallest units" where the decimals are not known.
 */
export function formatAmount(amount: bigint, currency: string, decimals: Decimals): string {
  const places = decimals.get(currency)
  if (places === undefined) return `${amount} smallest units`
  const digits = String(amount < 0n ? -amount : amount).padStart(places + 1, '0')
  const point = digits.length - places
  const fraction = places === 0 ? '' : `.${digits.slice(point)}`
  return `${amount < 0n ? '-' : ''}${digits.slice(0, point)}${fraction}`
}
