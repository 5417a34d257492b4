/** Reads payment channels from the events of the escrow contract, which holds their deposits. */
import {
  type Address,
  getAbiItem,
  type Hex,
  type LogTopic,
  pad,
  parseEventLogs,
  type RpcLog,
  toEventSelector,
} from 'viem'
import { Abis, Addresses } from 'viem/tempo'
import type { Payments } from '../../../src/config/config.ts'

/** The escrow contract, in lower case: the one in the config, or the chain's own (TIP-1034). */
export function escrowOf(payments: Payments | null): Address {
  return (payments?.channels?.escrow ?? Addresses.tip20ChannelReserve) as Address
}

const EVENTS = ['ChannelOpened', 'TopUp', 'Settled', 'ChannelClosed'] as const
const abi = Abis.tip20ChannelReserve

/** One channel on the chain. Amounts are in the smallest unit; hashes are in lower case. */
export interface ChainChannel {
  channelId: string
  /** In lower case. */
  currency: string
  deposit: bigint
  /** The total that the recipient has received. */
  settled: bigint
  /** The refund to the payer; null while the channel is open. */
  refunded: bigint | null
  /** The block of the last event. */
  block: bigint
  /** The last transaction that changed each amount. */
  transactions: { deposit: string | null; settled: string | null; refunded: string | null }
}

export interface ChainChannels {
  byId: Map<string, ChainChannel>
  /** The first block whose events may not have reached the ledger yet. */
  unsettled: bigint
}

/** The filter of `eth_getLogs` for the events of all channels to a recipient. */
export function eventsTo(
  escrow: Address,
  recipient: string,
): { address: Address; topics: LogTopic[] } {
  const selectors = EVENTS.map((name) => toEventSelector(getAbiItem({ abi, name })))
  return {
    address: escrow,
    topics: [selectors, null, null, pad(recipient as Hex)],
  }
}

/** Collects logs in the order of the chain: `add` takes some, `result` returns the channels. */
export function createChainChannels() {
  const channels = new Map<string, ChainChannel>()
  return {
    add(logs: RpcLog[]): void {
      for (const event of parseEventLogs({ abi, eventName: [...EVENTS], logs })) {
        const channelId = event.args.channelId.toLowerCase()
        const transaction = event.transactionHash?.toLowerCase() ?? null
        const channel = channels.get(channelId) ?? emptyChannel(channelId)
        channels.set(channelId, channel)
        channel.block = event.blockNumber ?? 0n
        const { transactions } = channel
        if (event.eventName === 'ChannelOpened') {
          channel.currency = event.args.token.toLowerCase()
          channel.deposit = event.args.deposit
        }
        if (event.eventName === 'TopUp') channel.deposit = event.args.newDeposit
        if (event.eventName === 'Settled') channel.settled = event.args.newSettled
        if (event.eventName === 'ChannelClosed') {
          channel.settled = event.args.settledToPayee
          channel.refunded = event.args.refundedToPayer
          transactions.refunded = transaction
        }
        if (event.eventName === 'ChannelOpened' || event.eventName === 'TopUp')
          transactions.deposit = transaction
        else transactions.settled = transaction
      }
    },

    result: (): Map<string, ChainChannel> => channels,
  }
}

function emptyChannel(channelId: string): ChainChannel {
  const transactions = { deposit: null, settled: null, refunded: null }
  return {
    channelId,
    currency: 'not known',
    deposit: 0n,
    settled: 0n,
    refunded: null,
    block: 0n,
    transactions,
  }
}
