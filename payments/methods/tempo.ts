/**
 * Tempo's `charge`: signed transactions that we send, transactions that payers have sent, and
 * proofs.
 */
import type { Hex } from 'viem'
import { transactionStatusOf } from '../chain/transactionStatus.ts'
import { chargeReceipt, type PaymentMethod } from './method.ts'
import { broadcast, modeOf, validate } from './tempoCharge.ts'

/** Payments on the Tempo chain behind a JSON-RPC endpoint. */
export function createTempo(rpcUrl: string): PaymentMethod {
  return {
    modeOf,

    async validate(order, context) {
      const payer = await validate(order, context)
      const hasMoved = modeOf(order) !== 'pull'
      return { payer, receipt: hasMoved ? await broadcast(order, context) : null }
    },

    broadcast: ({ order }, context) => broadcast(order, context),

    async resume({ hash, raw }) {
      if (hash === null || raw === null) return 'pending'
      const status = await transactionStatusOf(rpcUrl, raw as Hex, hash as Hex)
      if (status.state !== 'mined') return status.state === 'expired' ? 'failed' : 'pending'
      return status.receipt.status === '0x1' ? chargeReceipt('tempo', hash) : 'failed'
    },
  }
}
