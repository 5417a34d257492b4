/**
 * The money of the plain local chain: a token of our own, at the address that its deployer's first
 * contract gets.
 */
export const EVM = {
  chainId: 31_337,
  currency: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
  decimals: 6,
  name: 'Test Dollar',
  version: '2',
} as const
