/**
 * Decides whether a transaction is signed by its sender. mppx takes the sender from the envelope
 * and simulates the call, which shows that the call would work, not that its sender wants it: only
 * the node would find that out, after the origin has been asked.
 */
import { KeyAuthorization, SignatureEnvelope, TxEnvelopeTempo } from 'ox/tempo'
import type { Client, Hex } from 'viem'
import { Actions } from 'viem/tempo'
import { ChainUnavailable, isReverted } from './unavailable.ts'

/**
 * Whether a serialized Tempo transaction is signed by its sender, or by a key that the sender has
 * authorized, before or by this very transaction. Asks the chain about a key authorized before.
 */
export async function isSignedBySender(raw: Hex, client: Client): Promise<boolean> {
  const transaction = TxEnvelopeTempo.deserialize(raw as TxEnvelopeTempo.Serialized)
  const { signature, from } = transaction
  if (signature === undefined) return false
  if (signature.type !== 'keychain') {
    const payload = TxEnvelopeTempo.getSignPayload(transaction)
    const address = from ?? SignatureEnvelope.extractAddress({ payload, signature })
    return SignatureEnvelope.verify(signature, { address, payload })
  }
  const { inner, userAddress: account, version } = signature
  const own = version === 'v2' ? { from: account } : {}
  const payload = TxEnvelopeTempo.getSignPayload(transaction, own)
  const accessKey = SignatureEnvelope.extractAddress({ payload, signature: inner })
  if (!SignatureEnvelope.verify(inner, { address: accessKey, payload })) return false
  const { keyAuthorization } = transaction
  if (keyAuthorization !== undefined && isSameAddress(keyAuthorization.address, accessKey)) {
    return (
      keyAuthorization.type === inner.type &&
      isAuthorizedBy(keyAuthorization, account, transaction.chainId)
    )
  }
  const key = await metadataOf(client, account, accessKey)
  return !key.isRevoked && key.expiry > BigInt(Math.floor(Date.now() / 1000))
}

/** Reads a key's record from the chain. Throws ChainUnavailable if that cannot be read. */
async function metadataOf(client: Client, account: Hex, accessKey: Hex) {
  try {
    return await Actions.accessKey.getMetadata(client, { account, accessKey })
  } catch (cause) {
    if (isReverted(cause)) throw cause
    throw new ChainUnavailable("the chain does not tell the sender's key", { cause })
  }
}

/**
 * Whether an account itself has signed a key's authorization, for this chain and a time that is not
 * over. The chain learns of the key by the transaction that holds the authorization.
 */
function isAuthorizedBy(
  keyAuthorization: KeyAuthorization.Signed,
  account: Hex,
  chainId: number,
): boolean {
  const { expiry, signature } = keyAuthorization
  const isOpen = expiry == null || expiry > Date.now() / 1000
  if (Number(keyAuthorization.chainId) !== chainId || !isOpen) return false
  if (keyAuthorization.account !== undefined && !isSameAddress(keyAuthorization.account, account))
    return false
  const payload = KeyAuthorization.getSignPayload(keyAuthorization)
  return SignatureEnvelope.verify(signature, { address: account, payload })
}

const isSameAddress = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()
