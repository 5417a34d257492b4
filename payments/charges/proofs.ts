/**
 * Proofs of an address that pay for nothing: a payer that has lost the state of its channel shows
 * by one who it is.
 * See docs/decisions/0048.
 */
import { Proof } from 'mppx/tempo'
import { SignatureEnvelope } from 'ox/tempo'
import { type Hex, keccak256 } from 'viem'
import type { ProofOrder, Proved } from '../../src/contract/charge.ts'
import { logError } from '../../src/lib/log.ts'
import { askPatiently } from '../chain/patience.ts'
import { isUnavailable } from '../chain/unavailable.ts'
import { validateProof } from '../methods/tempoCharge.ts'
import { refusePayment } from '../refusal.ts'
import type { Claims } from './claims.ts'
import { ownerHash } from './openChannels.ts'
import { type ChargeNamespace, openChannelsOf } from './peers.ts'
import { refusedBy } from './verdicts.ts'

const USED = refusePayment('invalid-challenge', 'The challenge has been answered before.')

/**
 * Verifies a proof, and finds the open channels of its payer. The proof is used up last, when there
 * is an answer: of any number of requests at once, one gets it.
 */
export async function prove(
  order: ProofOrder,
  claims: Claims,
  charges: ChargeNamespace,
  rpcUrl: string,
): Promise<Proved> {
  const { id } = order.credential.challenge
  if (claims.triesOf(id) > 0) return USED
  let payer: string
  let signer: string
  try {
    payer = await askPatiently(() => validateProof(order, rpcUrl))
    signer = signerOf(order, payer as Hex)
  } catch (error) {
    if (!isUnavailable(error)) return refusedBy(error, order)
    logError('chain_unavailable', error)
    return { state: 'unavailable' }
  }
  try {
    const owner = await ownerHash(payer, order)
    const channelIds = await openChannelsOf(charges, payer).channelsOf(owner)
    return claims.useUp(id, order.expiresAt) ? { state: 'proved', signer, channelIds } : USED
  } catch (error) {
    logError('channels_not_found', error)
    return { state: 'unavailable' }
  }
}

/**
 * The address whose key has signed a proof that is good, in lower case: an access key may sign for
 * the payer (a `keychain` envelope names the payer in what it signs).
 */
function signerOf({ credential, chainId }: ProofOrder, payer: Hex): string {
  const { id: challengeId, realm } = credential.challenge
  const envelope = SignatureEnvelope.from(credential.payload.signature as Hex)
  const hash = Proof.hash({ account: payer, chainId, challengeId, realm })
  if (envelope.type !== 'keychain') return extracted(envelope, hash)
  const { inner, version } = envelope
  return extracted(
    inner,
    version === 'v2' ? keccak256(`0x04${hash.slice(2)}${payer.slice(2)}`) : hash,
  )
}

const extracted = (signature: SignatureEnvelope.SignatureEnvelope, payload: Hex): string =>
  SignatureEnvelope.extractAddress({ payload, signature }).toLowerCase()
