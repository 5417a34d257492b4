/**
 * Makes the gateway's secrets. `npm run --silent secrets | npx wrangler secret bulk` puts fresh ones on
 * a deployment; they are shown nowhere else.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'

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

if (import.meta.main) console.log(JSON.stringify(await makeSecrets(), null, 2))
