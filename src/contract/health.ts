/** What the gateway asks the payments Worker about itself, because only that reaches the chains. */

/** The chains that a config names, by the payment method: the id (EIP-155) that each must have. */
export type ChainIds = Partial<Record<'tempo' | 'evm', number>>

/** What is wrong with each chain, in words for the operator; null: it answers. */
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
