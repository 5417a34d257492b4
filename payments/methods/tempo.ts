/**
 * Tempo's `charge`: signed transactions that we send, transactions that payers have sent, and
 * proofs.
 */
import type { Hex } from 'viem'
import type { ChargeOrder } from '../../src/contract/charge.ts'
import { wasNeverMined } from '../chain/absence.ts'
import { DOUBT_MS } from '../chain/patience.ts'
import { validBeforeOf } from '../chain/transaction.ts'
import { type Block, blockOf, receiptOf, transactionStatusOf } from '../chain/transactionStatus.ts'
import { ChainUnavailable } from '../chain/unavailable.ts'
import { RefusedPayment } from '../refusal.ts'
import { chargeReceipt, checkEnd, type PaymentMethod } from './method.ts'
import { broadcast, modeOf, validate } from './tempoCharge.ts'

/** Payments on the Tempo chain behind a JSON-RPC endpoint. */
export function createTempo(rpcUrl: string): PaymentMethod {
  /** Throws for a push that was mined when its challenge had expired. */
  async function checkMinedInTime({ credential, expiresAt }: ChargeOrder): Promise<void> {
    if (Date.now() < expiresAt) return
    const receipt = await receiptOf(rpcUrl, credential.payload.hash as Hex)
    if (receipt === null) throw new ChainUnavailable('the transaction is not seen any more')
    const { timestamp } = await blockOf(rpcUrl, receipt.blockNumber)
    if (timestamp * 1000 >= expiresAt)
      throw new RefusedPayment(
        'payment-expired',
        'The payment was made after its challenge had expired.',
      )
  }

  /** Whether blocks are being read: for one payment at a time, because each takes some sixty. */
  let isReading = false
  async function isLost(raw: Hex, hash: Hex, head: Block): Promise<boolean> {
    if (isReading) return false
    isReading = true
    try {
      return await wasNeverMined(rpcUrl, raw, hash, head)
    } finally {
      isReading = false
    }
  }

  return {
    modeOf,

    async validate(order, context) {
      const mode = modeOf(order)
      const { hash, signature } = order.credential.payload
      if (mode === 'push' && !/^0x[0-9a-fA-F]{64}$/.test(String(hash)))
        throw new RefusedPayment('verification-failed', 'The payload names no transaction.')
      // Before the chain is asked: of a transaction that is over, a node says no clear word.
      const endsAt = mode === 'pull' ? endOf(signature) : null
      if (endsAt !== null) checkEnd(order, endsAt)
      const payer = await validate(order, context)
      if (mode === 'pull') return { payer, receipt: null, endsAt: endsAt ?? 0 }
      if (mode === 'push') await checkMinedInTime(order)
      return { payer, receipt: await broadcast(order, context) }
    },

    broadcast: ({ order }, context) => broadcast(order, context),

    async resume({ hash, raw, order }) {
      if (hash === null || raw === null) return 'pending'
      const absentAt = order.expiresAt + DOUBT_MS
      const status = await transactionStatusOf(rpcUrl, raw as Hex, hash as Hex, absentAt)
      switch (status.state) {
        case 'mined':
          return status.receipt.status === '0x1' ? chargeReceipt('tempo', hash) : 'failed'
        case 'expired':
          return 'failed'
        case 'over':
          return (await isLost(raw as Hex, hash as Hex, status.head)) ? 'failed' : 'pending'
        case 'pending':
          return 'pending'
      }
    },
  }
}

/** Until when a signed transaction can be mined, epoch milliseconds. Null: it has no end. */
function endOf(signature: unknown): number | null {
  const lastSecond = validBeforeOf(signature as Hex)
  return lastSecond === null ? null : lastSecond * 1000
}
