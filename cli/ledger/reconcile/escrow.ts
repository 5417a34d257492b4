/** What the chain says of payment channels to the recipient. */
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

/** Where all channels are, in lower case. */
export const ESCROW: string = Addresses.tip20ChannelReserve

const EVENTS = ['ChannelOpened', 'TopUp', 'Settled', 'ChannelClosed'] as const
const abi = Abis.tip20ChannelReserve

/** One channel as its events so far have it. Money is in the smallest unit; hashes are in lower case. */
export interface ChainChannel {
  channelId: string
  /** In lower case. */
  currency: string
  deposit: bigint
  /** In its whole life. */
  settled: bigint
  /** What went back to the payer; null while it is open. */
  refunded: bigint | null
  /** The block of its last event. */
  block: bigint
  /** The last transaction that changed each. */
  transactions: { deposit: string | null; settled: string | null; refunded: string | null }
}

export interface ChainChannels {
  byId: Map<string, ChainChannel>
  /** The first block of which the ledger need not have heard. */
  unsettled: bigint
}

/** The filter of `eth_getLogs` for the events of all channels to a recipient. */
export function eventsTo(recipient: string): { address: Address; topics: LogTopic[] } {
  const selectors = EVENTS.map((name) => toEventSelector(getAbiItem({ abi, name })))
  return {
    address: Addresses.tip20ChannelReserve,
    topics: [selectors, null, null, pad(recipient as Hex)],
  }
}

/** Takes logs in, in the order of the chain, and gives what they come to. */
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
