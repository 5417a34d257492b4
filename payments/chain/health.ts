/** Finds out whether the chains answer, for the gateway's `GET /health`. */
import type { ChainFaults, ChainIds } from '../../src/contract/health.ts'
import { logError } from '../../src/lib/log.ts'
import type { PaymentsEnv } from '../env.ts'
import { askChain } from './rpc.ts'

/** Asks each chain for its id, and compares it. Answers with what is wrong; null: nothing is. */
export async function chainFaults(
  { RPC_URL, EVM_RPC_URL }: Pick<PaymentsEnv, 'RPC_URL' | 'EVM_RPC_URL'>,
  chains: ChainIds,
): Promise<ChainFaults> {
  const nodes = { tempo: ['RPC_URL', RPC_URL], evm: ['EVM_RPC_URL', EVM_RPC_URL] } as const
  const faults = Object.entries(chains).map(async ([name, chainId]) => {
    const [variable, url] = nodes[name as keyof ChainIds]
    return [name, await chainFault(variable, url, chainId)]
  })
  return Object.fromEntries(await Promise.all(faults))
}

async function chainFault(
  variable: string,
  url: string | undefined,
  chainId: number,
): Promise<string | null> {
  if (url === undefined) return `${variable} is not set`
  try {
    const answer = await askChain(url, 'eth_chainId', [])
    return Number(answer) === chainId ? null : `${variable} leads to another chain`
  } catch (error) {
    // The cause may name the URL, which may carry the key of a provider.
    logError('chain_unavailable', error)
    return `the node of ${variable} does not answer`
  }
}
