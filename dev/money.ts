/**
 * The currency, accounts and keys of the local chain. All accounts and keys are anvil's public
 * ones.
 */

export const CHAIN_ID = 1337
/** PathUSD, with 6 decimals. Every account of the chain has plenty of it. */
export const CURRENCY = '0x20c0000000000000000000000000000000000000'
/** The key of the payer in examples. */
export const PAYER_PRIVATE_KEY =
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
/** The key that pays the fees of sponsored routes. */
export const FEE_PAYER_PRIVATE_KEY =
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
/** The address that is paid, and its key. */
export const RECIPIENT = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
export const RECIPIENT_PRIVATE_KEY =
  '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a'

/** The operator: its address settles payment channels for the recipient and pays the fees. */
export const OPERATOR = '0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65'
const OPERATOR_PRIVATE_KEY = '0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a'

/**
 * The variables of the payments Worker on a local chain: as deployed, but with the operator's key,
 * and with a least amount of 1, so that every amount is settled.
 */
export const paymentsVars = (rpcUrl: string) => ({
  RPC_URL: rpcUrl,
  PAYMENT_RECIPIENT: RECIPIENT,
  SETTLEMENT_KEY: OPERATOR_PRIVATE_KEY,
  SETTLE_AFTER_MS: '3600000',
  SETTLE_LEAST: '1',
  SETTLE_AMOUNT: '1000000',
  WATCH_EVERY_MS: '240000',
})
