/**
 * Computes the hash that identifies the opening of a channel, which the stand-in cannot see itself.
 */
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
 * The hash of the sender's signing payload and the sender, which goes into the ids of the channels
 * that a signed transaction opens (TIP-1034). Null if the transaction opens none.
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

/** Reads a transaction of Tempo's own type, which can hold many calls. */
function readTempo(raw: string): SignedOpening | null {
  const transaction = Transaction.deserialize(raw as Transaction.TransactionSerializedTempo)
  const { calls = [], from } = transaction
  if (!calls.some(opens) || from === undefined) return null
  // The fee payer signs after the sender, so its signature is not part of the payload.
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
