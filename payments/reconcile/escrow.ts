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
import { Abis } from 'viem/tempo'

const EVENTS = ['ChannelOpened', 'TopUp', 'Settled', 'ChannelClosed'] as const
const abi = Abis.tip20ChannelReserve

/** One channel on the chain. Amounts are in the smallest unit; hashes are in lower case. */
export interface ChainChannel {
  channelId: string
  /** In lower case; null if no event that was read tells it. */
  currency: string | null
  /** Null if no event that was read tells it. */
  deposit: bigint | null
  /** The total that the recipient has received; null if no event that was read tells it. */
  settled: bigint | null
  /** The refund to the payer; null while the channel is open. */
  refunded: bigint | null
  /** The block of the last event. */
  block: bigint
  /** The last transaction that changed each amount. */
  transactions: { deposit: string | null; settled: string | null; refunded: string | null }
}

export interface ChainChannels {
  byId: Map<string, ChainChannel>
  /** Whether all events of the channels were read. If not, only what changed can be compared. */
  isWhole: boolean
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
    currency: null,
    deposit: null,
    settled: null,
    refunded: null,
    block: 0n,
    transactions,
  }
}
