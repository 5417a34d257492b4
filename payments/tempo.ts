/** Tempo's `charge`: signed transactions that we send, transactions that were sent, and proofs. */
import type { Hex } from 'viem'
import { askChain } from './chain.ts'
import { type PaymentMethod, receiptOf } from './method.ts'
import { broadcast, modeOf, validate, validBeforeOf } from './verify.ts'

/** By how much one node may be behind another that has the same address, in seconds. */
export const NODES_LAG_S = 10

/** Payments on the chain behind a JSON-RPC endpoint. */
export function createTempo(rpcUrl: string): PaymentMethod {
  return {
    modeOf,

    async validate(order, context) {
      const payer = await validate(order, context)
      const hasMoved = modeOf(order) !== 'pull'
      return { payer, receipt: hasMoved ? await broadcast(order, context) : null }
    },

    broadcast: ({ order }, context) => broadcast(order, context),

    async lookAt({ hash, raw }) {
      if (hash === null || raw === null) return 'open'
      // The head before the receipt: what is not in a chain that is past its last second never will be.
      const { timestamp } = await headOf(rpcUrl)
      const receipt = await askChain(rpcUrl, 'eth_getTransactionReceipt', [hash])
      if (receipt !== null) {
        return (receipt as { status?: string }).status === '0x1' ? receiptOf('tempo', hash) : 'gone'
      }
      const lastSecond = validBeforeOf(raw as Hex) ?? Number.POSITIVE_INFINITY
      if (timestamp > lastSecond + NODES_LAG_S) return 'gone'
      await askChain(rpcUrl, 'eth_sendRawTransaction', [raw])
      return 'open'
    },
  }
}

/** The chain's last block: its number as the chain writes it, and its time in seconds. */
export async function headOf(rpcUrl: string): Promise<{ number: Hex; timestamp: number }> {
  const head = await askChain(rpcUrl, 'eth_getBlockByNumber', ['latest', false])
  const { number, timestamp } = (head ?? {}) as { number?: Hex; timestamp?: Hex }
  return { number: number ?? '0x0', timestamp: Number(timestamp) }
}
