/** Opens the chains that the command line names. */
import type { Payments } from '../../src/config/config.ts'
import type { Options } from './args.ts'

/**
 * The chains at their present heads; null if none is to be asked. Imports viem, which the report
 * without a chain does not need. Rejects with viem's error when a chain does not answer.
 */
export async function openChains(
  { reconciling, reconcilingEvm: evm }: Options,
  payments: Payments | null,
) {
  if (reconciling === null) return null
  const { openChain } = await import('../../payments/reconcile/chain.ts')
  const { Addresses } = await import('viem/tempo')
  // The contract in the config, or the chain's own (TIP-1034), in lower case.
  const escrow = (payments?.channels?.escrow ?? Addresses.tip20ChannelReserve) as `0x${string}`
  const { lagMs, ...tempo } = reconciling
  return {
    tempo: await openChain(tempo, { escrow, lagMs }),
    evm: evm && (await openChain(evm, null)),
  }
}
