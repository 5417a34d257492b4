/** What a transaction that opens a channel is to the stand-in. */
import { TxEnvelopeTempo } from 'ox/tempo'
import {
  concatHex,
  getAbiItem,
  type Hex,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  serializeTransaction,
  toFunctionSelector,
} from 'viem'
import { Abis, Transaction } from 'viem/tempo'
import { ESCROW_ADDRESS } from './install.ts'

const OPEN = toFunctionSelector(getAbiItem({ abi: Abis.tip20ChannelReserve, name: 'open' }))

type Raw = Parameters<typeof recoverTransactionAddress>[0]['serializedTransaction']

/**
 * The hash that a signed transaction gives to the channels that it opens (TIP-1034: of what its sender signed, and of the sender), or null if it opens
 * none.
 */
export async function openingHash(raw: string): Promise<Hex | null> {
  if (!raw.toLowerCase().includes(ESCROW_ADDRESS.slice(2))) return null
  try {
    const signed = /^0x7[68]/.test(raw) ? readTempo(raw) : await readOther(raw as Raw)
    return signed && keccak256(concatHex([signed.payload, signed.sender]))
  } catch {
    return null
  }
}

interface SignedOpening {
  payload: Hex
  sender: Hex
}

/** A transaction of Tempo's own kind, with many calls. */
function readTempo(raw: string): SignedOpening | null {
  const transaction = Transaction.deserialize(raw as Transaction.TransactionSerializedTempo)
  const { calls = [], from } = transaction
  if (!calls.some(opens) || from === undefined) return null
  // Who pays the fee signs later, and is not part of it.
  const unsponsored = transaction.feePayerSignature ? { feePayerSignature: null } : {}
  const payload = TxEnvelopeTempo.encodeForSigning({ ...transaction, ...unsponsored } as never)
  return { payload, sender: from }
}

async function readOther(raw: Raw): Promise<SignedOpening | null> {
  const { r, s, v, yParity, ...unsigned } = parseTransaction(raw)
  if (!opens(unsigned)) return null
  const sender = await recoverTransactionAddress({ serializedTransaction: raw })
  return { payload: serializeTransaction(unsigned as never), sender }
}

function opens(call: { to?: Hex | null | undefined; data?: Hex | undefined }): boolean {
  return call.to?.toLowerCase() === ESCROW_ADDRESS && call.data?.startsWith(OPEN) === true
}
