/**
 * The payments Worker, with a log line for each signature check: the one operation that both ways
 * to check share.
 */
import { secp256k1 } from '@noble/curves/secp256k1'

const { prototype } = secp256k1.ProjectivePoint
const { multiplyAndAddUnsafe } = prototype
prototype.multiplyAndAddUnsafe = function counted(
  ...operands: Parameters<typeof multiplyAndAddUnsafe>
) {
  console.log('bench: signature check')
  return multiplyAndAddUnsafe.apply(this, operands)
}

export { ChargeClaimsObject, default, PaymentChannelObject } from '../../payments/index.ts'
