/** Reads the transfers and payment channels to the recipient from a chain. */
import {
  type Address,
  createPublicClient,
  getAbiItem,
  type Hash,
  http,
  numberToHex,
  parseEventLogs,
  type RpcLog,
  TransactionReceiptNotFoundError,
} from 'viem'
import { Abis, Addresses } from 'viem/tempo'
import { type ChainChannels, createChainChannels, eventsTo } from './escrow.ts'

const LEDGER_RPC_TIMEOUT_MS = 15_000
/**
 * How many blocks one request for logs covers. One for fewer than FEWEST_BLOCKS fails for other
 * reasons.
 */
const MOST_BLOCKS = 5_000n
const FEWEST_BLOCKS = 100n

/** A chain, and the address that is paid there. */
export interface LedgerPlace {
  rpcUrl: string
  /** In lower case. */
  recipient: string
}

/** One Transfer event. Addresses and hashes are in lower case. */
export interface Transfer {
  transaction: string
  currency: string
  from: string
  amount: bigint
  block: bigint
  /** The time of the block, in epoch milliseconds; 0 if the node does not say it. */
  at: number
}

export interface Mined {
  succeeded: boolean
  /** The transfers to the recipient. */
  transfers: Transfer[]
}

export type ChainView = Awaited<ReturnType<typeof openChain>>

/** The contract of a chain's payment channels, and how long the ledger may take to hear of them. */
export interface ChannelSource {
  escrow: Address
  lagMs: number
}

/**
 * A view of the chain up to its present head. `channelSource` is null for a chain without payment
 * channels. Rejects with viem's error when the chain does not answer.
 */
export async function openChain(
  { rpcUrl, recipient }: LedgerPlace,
  channelSource: ChannelSource | null,
) {
  const client = createPublicClient({
    transport: http(rpcUrl, { timeout: LEDGER_RPC_TIMEOUT_MS, retryCount: 2 }),
  })
  const head = await client.getBlockNumber()
  const event = getAbiItem({ abi: Abis.tip20, name: 'Transfer' })
  const timeOf = async (blockNumber: bigint) => (await client.getBlock({ blockNumber })).timestamp
  let beginning: Promise<number | null> | undefined

  return {
    /** The last block. */
    head,
    /** The address of the escrow contract in lower case; null if the chain has no channels. */
    escrow: channelSource?.escrow ?? null,

    /** The time of a block, in epoch milliseconds. */
    timeOf: async (block: bigint): Promise<number> => Number(await timeOf(block)) * 1000,

    /** The time of the first block, in epoch milliseconds; null if the node no longer has it. */
    beginning(): Promise<number | null> {
      beginning ??= timeOf(0n).then(
        (seconds) => Number(seconds) * 1000,
        () => null,
      )
      return beginning
    },

    /** The outcome of a mined transaction; null if the node does not know the transaction. */
    async mined(hash: string): Promise<Mined | null> {
      try {
        const { status, logs } = await client.getTransactionReceipt({ hash: hash as Hash })
        const transfers = parseEventLogs({ abi: Abis.tip20, eventName: 'Transfer', logs })
          .filter(({ args }) => args.to.toLowerCase() === recipient)
          .map(transferOf)
        return { succeeded: status === 'success', transfers }
      } catch (error) {
        if (error instanceof TransactionReceiptNotFoundError) return null
        throw error
      }
    },

    /** The first block at or after a time (epoch milliseconds), or the one after the head. */
    async blockSince(atMs: number): Promise<bigint> {
      const seconds = BigInt(Math.floor(atMs / 1000))
      let [before, since] = [head, head + 1n]
      for (let step = 1n; before >= 0n && (await timeOf(before)) >= seconds; step *= 2n) {
        since = before
        before -= step
      }
      if (before < 0n) before = -1n
      while (since - before > 1n) {
        const middle = (before + since) / 2n
        if ((await timeOf(middle)) >= seconds) since = middle
        else before = middle
      }
      return since
    },

    /** Every transfer of the currencies to the recipient in the blocks from `first` to `last`. */
    async *transfers(
      first: bigint,
      last: bigint,
      currencies: readonly string[],
    ): AsyncGenerator<Transfer> {
      if (currencies.length === 0) return
      const address = [...currencies] as Address[]
      const args = { to: recipient as Address }
      const logs = inSteps(first, last, (fromBlock, toBlock) =>
        client.getLogs({ address, event, args, fromBlock, toBlock, strict: true }),
      )
      // A transfer of nothing is free to send, and moves no money.
      for await (const some of logs) yield* some.map(transferOf).filter(({ amount }) => amount > 0n)
    },

    /**
     * The fees of transactions that some addresses have paid for, in the blocks from `first` to
     * `last`: transfers to the chain's fee manager, in any token.
     */
    async *fees(first: bigint, last: bigint, payers: readonly Address[]): AsyncGenerator<Transfer> {
      if (payers.length === 0) return
      const args = { from: [...payers], to: Addresses.feeManager as Address }
      const logs = inSteps(first, last, (fromBlock, toBlock) =>
        client.getLogs({ event, args, fromBlock, toBlock, strict: true }),
      )
      for await (const some of logs) yield* some.map(transferOf)
    },

    /**
     * Every payment channel to the recipient, from its events between the block `first` and now,
     * which is later than `head`, because the ledger was read after `head`. None if the chain has
     * none. `isWhole` says whether all of the channels' events are in these blocks.
     */
    async channelsSince(first: bigint, isWhole: boolean): Promise<ChainChannels> {
      if (channelSource === null) return { byId: new Map(), isWhole, unsettled: head + 1n }
      const { escrow, lagMs } = channelSource
      const now = await client.getBlockNumber({ cacheTime: 0 })
      const channels = createChainChannels()
      const filter = eventsTo(escrow, recipient)
      const logs = inSteps(first, now, (from, to): Promise<RpcLog[]> => {
        const range = { fromBlock: numberToHex(from), toBlock: numberToHex(to) }
        return client.request({ method: 'eth_getLogs', params: [{ ...filter, ...range }] } as never)
      })
      for await (const some of logs) channels.add(some)
      const unsettled = lagMs === 0 ? now + 1n : await this.blockSince(Date.now() - lagMs)
      return { byId: channels.result(), isWhole, unsettled }
    },
  }

  /** Asks for the blocks from `first` to `last`, in ranges as large as the node answers. */
  async function* inSteps<T>(
    first: bigint,
    last: bigint,
    ask: (from: bigint, to: bigint) => Promise<T>,
  ): AsyncGenerator<T> {
    let blocks = MOST_BLOCKS
    for (let from = first; from <= last; ) {
      const to = from + blocks - 1n < last ? from + blocks - 1n : last
      try {
        const answer = await ask(from, to)
        from = to + 1n
        yield answer
      } catch (error) {
        // Nodes differ in how many blocks a request may cover.
        blocks /= 2n
        if (blocks < FEWEST_BLOCKS) throw error
      }
    }
  }
}

interface TransferLog {
  address: string
  transactionHash: string
  blockNumber: bigint
  args: { from: string; amount: bigint }
  /** An extension that most nodes have. */
  blockTimestamp?: bigint | number | string | null | undefined
}

function transferOf({
  address,
  transactionHash,
  blockNumber,
  args,
  ...log
}: TransferLog): Transfer {
  return {
    transaction: transactionHash.toLowerCase(),
    currency: address.toLowerCase(),
    from: args.from.toLowerCase(),
    amount: args.amount,
    block: blockNumber,
    at: Number(log.blockTimestamp ?? 0) * 1000,
  }
}
