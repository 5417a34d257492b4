/** What a transaction that opens a channel is to the stand-in. */

import { TxEnvelopeTempo } from 'ox/tempo'
import { concatHex, type Hex, keccak256, toFunctionSelector } from 'viem'
import { Abis, Transaction } from 'viem/tempo'
import { ESCROW } from './install.ts'

const OPEN = toFunctionSelector(
  Abis.tip20ChannelReserve.find((one) => one.type === 'function' && one.name === 'open') as never,
)

/**
 * The hash that a signed transaction gives to the channels that it opens (TIP-1034: of what its sender signed, and of the sender), or null if it opens
 * none. Only Tempo's own transactions can.
 */
export function openingHash(raw: string): Hex | null {
  if (!raw.toLowerCase().includes(ESCROW.slice(2))) return null
  try {
    const transaction = Transaction.deserialize(raw as Transaction.TransactionSerializedTempo)
    const { calls, from } = transaction
    const opens = calls?.some(
      ({ to, data }) => to?.toLowerCase() === ESCROW && data?.startsWith(OPEN),
    )
    if (!opens || from === undefined) return null
    // Who pays the fee signs later, and is not part of it.
    const signed = transaction.feePayerSignature
      ? { ...transaction, feePayerSignature: null }
      : transaction
    const payload = TxEnvelopeTempo.encodeForSigning(signed as never)
    return keccak256(concatHex([payload, from]))
  } catch {
    return null
  }
}
