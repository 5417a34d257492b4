/**
 * Who signed a voucher. mppx checks each twice, each time in two operations (3.5 ms), and lets a high s through; one recovery
 * (1.7 ms) says the same. What is signed, domain and types, is the library's.
 */
import { Session } from 'mppx/tempo'
import { SignatureEnvelope } from 'ox/tempo'
import { type Hex, hashTypedData, zeroAddress } from 'viem'
import type { Descriptor, Voucher } from './payload.ts'

const { getVoucherDomain, verifyVoucher, voucherTypes } = Session.Precompile.Voucher

/** Half of secp256k1's order: a signature with more has a twin that is valid too. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

/** Who may sign for a channel. */
export function signerOf({ authorizedSigner, payer }: Descriptor): Hex {
  return authorizedSigner === zeroAddress ? payer : authorizedSigner
}

/** A channel's place: vouchers are good there and nowhere else. */
export interface ChannelPlace {
  channelId: Hex
  chainId: number
  escrow: Hex
}

export type SignatureFault = 'invalid-signature' | 'signer-mismatch'

/** What is wrong with a voucher's signature, or null. Costs a signature check; never throws. */
export function faultOf(voucher: Voucher, place: ChannelPlace, signer: Hex): SignatureFault | null {
  try {
    return check(voucher, place, signer)
  } catch {
    return 'invalid-signature'
  }
}

function check(voucher: Voucher, place: ChannelPlace, signer: Hex): SignatureFault | null {
  const { channelId, chainId, escrow } = place
  const message = { channelId, cumulativeAmount: BigInt(voucher.cumulative) }
  const envelope = SignatureEnvelope.from(voucher.signature)
  // One spelling only: what is stored is what the escrow will be shown.
  if (SignatureEnvelope.serialize(envelope) !== voucher.signature) return 'invalid-signature'
  if (envelope.type !== 'secp256k1') {
    const signed = { ...message, signature: voucher.signature }
    return verifyVoucher(escrow, chainId, signed, signer) ? null : 'invalid-signature'
  }
  if (BigInt(envelope.signature.s) > HALF_ORDER) return 'invalid-signature'
  const domain = getVoucherDomain(escrow, chainId)
  const payload = hashTypedData({ domain, types: voucherTypes, primaryType: 'Voucher', message })
  const address = SignatureEnvelope.extractAddress({ payload, signature: envelope })
  return address.toLowerCase() === signer ? null : 'signer-mismatch'
}
