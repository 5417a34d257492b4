/** The chain's fees that we pay for payers, from one account and a budget for each day (UTC). */
import type { Client, Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { call } from 'viem/actions'
import { Transaction } from 'viem/tempo'
import type { ChargeOrder } from '../../src/contract/charge.ts'
import { Unavailable } from '../chain/unavailable.ts'
import type { VerifyContext } from './method.ts'

/** The chain counts fees in 10^-18 dollars, the budget in 10^-6. */
const PER_MILLIONTH = 10n ** 12n

/** We cannot pay the fee now: that is not the payer's fault, and costs the payer no try. */
export class SponsorUnavailable extends Unavailable {
  override name = 'SponsorUnavailable'
}

/** The account that pays fees. Throws SponsorUnavailable if its private key is missing or wrong. */
export function feePayerOf({ feePayerKey = '' }: VerifyContext) {
  if (!/^0x[0-9a-fA-F]{64}$/.test(feePayerKey))
    throw new SponsorUnavailable('FEE_PAYER_KEY is missing, or is no private key')
  return privateKeyToAccount(feePayerKey as Hex)
}

/**
 * Throws for a transaction that would fail, or whose fee at most is over the limit of the order or
 * what is left of the day's budget. mppx simulates a sponsored transaction only when it sends it,
 * which is after the origin has been asked.
 */
export async function checkSponsored(
  { credential, sponsor }: ChargeOrder,
  client: Client,
  context: VerifyContext,
): Promise<void> {
  const raw = credential.payload.signature as Hex
  const { from, calls, gas, maxFeePerGas } = Transaction.deserialize(raw as never) as {
    [name in 'from' | 'calls' | 'gas' | 'maxFeePerGas']: never
  }
  await call(client, { account: from, calls } as never)
  const fee = (BigInt(gas) * BigInt(maxFeePerGas) + PER_MILLIONTH - 1n) / PER_MILLIONTH
  if (fee > BigInt(sponsor?.perPayment ?? 0)) throw new Error('the fee is more than we pay')
  if (!(await context.takeFee(Number(fee))))
    throw new SponsorUnavailable("the day's budget for fees is used up")
}
