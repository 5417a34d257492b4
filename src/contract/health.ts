/** The gateway's question about the chains, which only the payments Worker reaches. */

/** The chains that a config names, by the payment method: the id (EIP-155) that each must have. */
export type ChainIds = Partial<Record<'tempo' | 'evm', number>>

/** The fault of each chain, in words for the operator; null: the chain answers. */
export type ChainFaults = Partial<Record<'tempo' | 'evm', string | null>>

export interface ChainWitness {
  /**
   * Asks each chain for its id. Says nothing internal, such as the URL of a node. Never rejects for
   * a chain.
   */
  askChains(chains: ChainIds): Promise<ChainFaults>
}

/** The name of the object of each class that is asked whether the class answers. */
export const HEALTH_OBJECT = 'health'
