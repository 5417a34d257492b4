/** Reads the payload of a channel credential (tempo `session`, version 2): whole, or not at all. */
import type { Hex } from 'viem'
import type { PaymentCredential } from '../../src/contract/wire.ts'

/** The terms of a channel: its id is the hash of these, the escrow and the chain id. */
export interface Descriptor {
  payer: Hex
  payee: Hex
  operator: Hex
  token: Hex
  salt: Hex
  authorizedSigner: Hex
  expiringNonceHash: Hex
}

/**
 * A signed cumulative amount: all that the payer has authorized so far, in the currency's smallest
 * unit.
 */
export interface Voucher {
  cumulative: number
  signature: Hex
}

/** Which channel a payload is about. */
interface ChannelIdentity {
  channelId: Hex
  descriptor: Descriptor
}

export type Payload = ChannelIdentity &
  (
    | { action: 'open'; transaction: Hex; voucher: Voucher }
    | { action: 'topUp'; transaction: Hex; additional: number }
    | { action: 'voucher'; voucher: Voucher }
    | { action: 'close'; voucher: Voucher }
  )

/** The longest signature and the longest transaction that are read, in characters. */
const MAX_SIGNATURE = 4_096
const MAX_TRANSACTION = 12_288

/** The payload of a credential, everything in lower case, or null if its form is wrong. */
export function readPayload({ payload }: PaymentCredential): Payload | null {
  const channelId = hexOf(payload.channelId, 32)
  const descriptor = descriptorOf(payload.descriptor)
  if (channelId === null || descriptor === null) return null
  const identity = { channelId, descriptor }
  if (payload.action === 'open') {
    const voucher = voucherOf(payload)
    const transaction = transactionOf(payload)
    const { authorizedSigner = descriptor.authorizedSigner } = payload
    if (hexOf(authorizedSigner, 20) !== descriptor.authorizedSigner) return null
    if (voucher === null || transaction === null) return null
    return { ...identity, action: 'open', transaction, voucher }
  }
  if (payload.action === 'topUp') {
    const transaction = transactionOf(payload)
    const additional = amountOf(payload.additionalDeposit)
    if (transaction === null || additional === null) return null
    return { ...identity, action: 'topUp', transaction, additional }
  }
  if (payload.action !== 'voucher' && payload.action !== 'close') return null
  const voucher = voucherOf(payload)
  return voucher === null ? null : { ...identity, action: payload.action, voucher }
}

/**
 * Decimal digits as an amount, or null. The protocol's amounts go up to 2^96, but the ledger cannot
 * add up more than 2^53 (nine thousand million dollars), so a larger amount is null too.
 */
export function amountOf(value: unknown): number | null {
  if (typeof value !== 'string' || !/^[0-9]{1,16}$/.test(value)) return null
  const amount = Number(value)
  return Number.isSafeInteger(amount) ? amount : null
}

function voucherOf(payload: PaymentCredential['payload']): Voucher | null {
  const cumulative = amountOf(payload.cumulativeAmount)
  const signature = anyHex(payload.signature, MAX_SIGNATURE)
  return cumulative === null || signature === null ? null : { cumulative, signature }
}

function transactionOf({ type, transaction }: PaymentCredential['payload']): Hex | null {
  return type === 'transaction' ? anyHex(transaction, MAX_TRANSACTION) : null
}

function descriptorOf(value: unknown): Descriptor | null {
  if (typeof value !== 'object' || value === null) return null
  const given = value as Record<string, unknown>
  const payer = hexOf(given.payer, 20)
  const payee = hexOf(given.payee, 20)
  const operator = hexOf(given.operator, 20)
  const token = hexOf(given.token, 20)
  const salt = hexOf(given.salt, 32)
  const authorizedSigner = hexOf(given.authorizedSigner, 20)
  const expiringNonceHash = hexOf(given.expiringNonceHash, 32)
  if (payer === null || payee === null || operator === null || token === null) return null
  if (salt === null || authorizedSigner === null || expiringNonceHash === null) return null
  return { payer, payee, operator, token, salt, authorizedSigner, expiringNonceHash }
}

function hexOf(value: unknown, bytes: number): Hex | null {
  const hex = anyHex(value, 2 + bytes * 2)
  return hex?.length === 2 + bytes * 2 ? hex : null
}

function anyHex(value: unknown, maxLength: number): Hex | null {
  if (typeof value !== 'string' || value.length > maxLength) return null
  return /^0x(?:[0-9a-fA-F]{2})+$/.test(value) ? (value.toLowerCase() as Hex) : null
}
