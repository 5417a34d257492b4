/**
 * Checks the signature of a voucher. mppx checks each voucher twice, each time in two operations
 * (3.5 ms), and accepts a high s; one recovery (1.7 ms) finds the same. The signed domain and types
 * are the library's.
 */
import { Session } from 'mppx/tempo'
import { SignatureEnvelope } from 'ox/tempo'
import { type Hex, hashTypedData, zeroAddress } from 'viem'
import type { Descriptor, Voucher } from './payload.ts'

const { getVoucherDomain, verifyVoucher, voucherTypes } = Session.Precompile.Voucher

/** Half of secp256k1's order: a signature with a higher s has a twin that is valid too. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

/** The address that may sign a channel's vouchers. */
export function signerOf({ authorizedSigner, payer }: Descriptor): Hex {
  return authorizedSigner === zeroAddress ? payer : authorizedSigner
}

/** The place of a channel: its vouchers are good for no other channel, chain or escrow. */
export interface ChannelPlace {
  channelId: Hex
  chainId: number
  escrow: Hex
}

export type SignatureFault = 'invalid-signature' | 'signer-mismatch'

/** Returns the fault of a voucher's signature, or null. Costs a signature check. Never throws. */
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
  // Only one spelling is accepted, because the stored signature is what the escrow will be shown.
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
