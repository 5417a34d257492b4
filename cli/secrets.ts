/** Makes secrets: for a deployment, for `npm run dev`, and for tests. */
import { randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { generatePrivateKey } from 'viem/accounts'

export interface GatewaySecrets {
  KEY_TAG_SECRET: string
  PAYMENT_SECRET: string
  ASSERTION_KEYS: string
}

/** Makes a new value of each secret that this project can make, by the secret's name. */
export const MAKERS = {
  /** 256 bits that tag keys. */
  KEY_TAG_SECRET: async () => randomBytes(32).toString('hex'),
  /** 256 bits that bind payment challenges. */
  PAYMENT_SECRET: async () => randomBytes(32).toString('hex'),
  /** An Ed25519 key that signs assertions. */
  ASSERTION_KEYS: async () => {
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
    return JSON.stringify([{ ...(await exportJWK(privateKey)), kid: randomUUID() }])
  },
  /** A key that settles payment channels, and can do nothing else. */
  SETTLEMENT_KEY: async (): Promise<string> => generatePrivateKey(),
} as const

/** The name of a secret that this project can make. */
export type SecretName = keyof typeof MAKERS

/** The HEALTH_SECRET that an operator gives; undefined: none is given; null: it is too weak. */
export function readHealthSecret(given: string | undefined): string | null | undefined {
  if (given === undefined || given === '') return undefined
  return /^[A-Za-z0-9._~+/=-]{32,200}$/.test(given) ? given : null
}

/** The rule for a HEALTH_SECRET, as a sentence. */
export const HEALTH_SECRET_RULE =
  'The variable HEALTH_SECRET has to be 32 to 200 letters and digits: ' +
  'export HEALTH_SECRET=$(openssl rand -hex 32)'

/** New secrets of the gateway. */
export async function makeSecrets(): Promise<GatewaySecrets> {
  return {
    KEY_TAG_SECRET: await MAKERS.KEY_TAG_SECRET(),
    PAYMENT_SECRET: await MAKERS.PAYMENT_SECRET(),
    ASSERTION_KEYS: await MAKERS.ASSERTION_KEYS(),
  }
}
