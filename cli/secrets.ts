/**
 * Makes the gateway's secrets. `npm run --silent secrets | npx wrangler secret bulk` puts fresh ones on
 * a deployment; they are shown nowhere else. With `payments` after it they are those of the payments Worker.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'

export interface GatewaySecrets {
  KEY_TAG_SECRET: string
  PAYMENT_SECRET: string
  ASSERTION_KEYS: string
}

/** Fresh secrets: 256 bits each to tag keys and to bind payment challenges with, and an Ed25519 key to sign assertions with. */
export async function makeSecrets(): Promise<GatewaySecrets> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: randomUUID() }
  return {
    KEY_TAG_SECRET: randomBytes(32).toString('hex'),
    PAYMENT_SECRET: randomBytes(32).toString('hex'),
    ASSERTION_KEYS: JSON.stringify([jwk]),
  }
}

/** A fresh key to settle payment channels with, good for nothing else. */
function makePaymentsSecrets() {
  const SETTLEMENT_KEY = generatePrivateKey()
  const address = privateKeyToAddress(SETTLEMENT_KEY)
  console.error(
    `Whoever settles is ${address}: it needs a little of the currency, to pay fees with.`,
  )
  return { SETTLEMENT_KEY }
}

if (import.meta.main) {
  const secrets = process.argv[2] === 'payments' ? makePaymentsSecrets() : await makeSecrets()
  console.log(JSON.stringify(secrets, null, 2))
}
