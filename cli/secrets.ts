/**
 * Makes secrets and prints them as JSON: `npm run --silent secrets | npx wrangler secret bulk` puts
 * new secrets on a deployed gateway; `npm run --silent secrets payments` makes those of the
 * payments Worker.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'

export interface GatewaySecrets {
  KEY_TAG_SECRET: string
  PAYMENT_SECRET: string
  ASSERTION_KEYS: string
}

/**
 * New secrets of the gateway: 256 bits that tag keys, 256 bits that bind payment challenges, and an
 * Ed25519 key that signs assertions.
 */
export async function makeSecrets(): Promise<GatewaySecrets> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: randomUUID() }
  return {
    KEY_TAG_SECRET: randomBytes(32).toString('hex'),
    PAYMENT_SECRET: randomBytes(32).toString('hex'),
    ASSERTION_KEYS: JSON.stringify([jwk]),
  }
}

/**
 * A new key that settles payment channels and can do nothing else. Prints its address to standard
 * error.
 */
function makePaymentsSecrets() {
  const SETTLEMENT_KEY = generatePrivateKey()
  const address = privateKeyToAddress(SETTLEMENT_KEY)
  console.error(
    `This key's address is ${address}. The address needs a little of the currency to pay fees.`,
  )
  return { SETTLEMENT_KEY }
}

if (import.meta.main) {
  const secrets = process.argv[2] === 'payments' ? makePaymentsSecrets() : await makeSecrets()
  console.log(JSON.stringify(secrets, null, 2))
}
