/**
 * Checks, reads and signs for the escrow that holds the deposits of channels (TIP-1034), by the
 * protocol's own library, mppx.
 */
import { Session } from 'mppx/tempo'
import { encodeFunctionData, type Hex, hexToBigInt, keccak256 } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { prepareTransactionRequest, signTransaction } from 'viem/actions'
import type { ChannelOrder } from '../../src/contract/channel.ts'
import { secretValues } from '../../src/lib/secretValues.ts'
import type { TransactionReceipt } from '../chain/results.ts'
import { askChain, createChainClient } from '../chain/rpc.ts'
import { checkTransaction } from '../chain/transaction.ts'
import { unlessUnanswered } from '../chain/unavailable.ts'
import type { PaymentsEnv } from '../env.ts'
import type { Descriptor, Payload, Voucher } from './payload.ts'
import type { Channel } from './state.ts'
import { type ChannelPlace, signerOf } from './voucher.ts'

const { Chain, escrowAbi } = Session.Precompile

/** The state of a channel on the chain. Amounts are in the currency's smallest unit. */
export interface ChainState {
  deposit: number
  settled: number
  /** When the payer requested a close on the chain, epoch seconds; 0: it did not. */
  closeRequestedAt: number
}

/** The amounts that a close has paid, in the currency's smallest unit. */
export interface Closing {
  captured: number
  refunded: number
}

interface SignedTransaction {
  raw: Hex
  hash: Hex
}

const isPrivateKey = (key: string) => /^0x[0-9a-fA-F]{64}$/.test(key)

export type Escrow = ReturnType<typeof createEscrow>

/**
 * The escrow, for one object. The values of SETTLEMENT_KEY sign the transactions that settle and
 * close: a channel keeps the operator that it was opened with, so an older key may have channels.
 */
export function createEscrow(env: PaymentsEnv) {
  const { RPC_URL: rpcUrl } = env
  const settlementKeys = secretValues({ ...env }, 'SETTLEMENT_KEY', Date.now())
  let accounts: PrivateKeyAccount[] | null = null

  /** The account that can settle a channel, or null. Throws if there is no key. */
  function settler({ payee, operator }: Descriptor): PrivateKeyAccount | null {
    if (settlementKeys.length === 0 || !settlementKeys.every(isPrivateKey))
      throw new Error('SETTLEMENT_KEY is missing or no private key: run `npm run setup`')
    accounts ??= settlementKeys.map((key) => privateKeyToAccount(key as Hex))
    const canSettle = (own: string) => own === payee || own === operator
    return accounts.find(({ address }) => canSettle(address.toLowerCase())) ?? null
  }

  function clientOf(chainId: number, onUnanswered = () => {}) {
    const onSend = () => {
      // This client only asks: what is sent must be stored first, by the sender.
      throw new Error('what is sent is stored first')
    }
    return createChainClient({ rpcUrl, chainId, memory: new Map(), onSend, onUnanswered })
  }

  async function sign(
    { descriptor, chainId, escrow }: Channel,
    data: Hex,
  ): Promise<SignedTransaction> {
    const client = clientOf(chainId)
    const account = settler(descriptor)
    if (account === null) throw new Error('no SETTLEMENT_KEY can settle this channel')
    // Expiring nonces, because the objects share the key without knowing each other's nonces.
    const call = { account, calls: [{ to: escrow, data }], nonceKey: 'expiring' }
    const request = { ...call, feeToken: descriptor.token }
    // viem's types of these functions do not know the fields that only Tempo has.
    const prepared = await prepareTransactionRequest(client, request as never)
    const raw = (await signTransaction(client, prepared as never)) as unknown as Hex
    return { raw, hash: keccak256(raw) }
  }

  return {
    /** Whether a settlement key can settle such a channel. Throws if there is no key. */
    canSettle(descriptor: Descriptor): boolean {
      return settler(descriptor) !== null
    },

    /**
     * The deposit of a transaction that opens the channel of its payload and does nothing else
     * (mppx allows a swap for the token before it). Throws for any other transaction, and for one
     * that its sender has not signed or that would fail. Throws ChainUnavailable if the chain has
     * not answered.
     */
    checkOpen: (
      payload: Payload & { action: 'open' },
      { chainId, escrow }: ChannelPlace,
    ): Promise<number> =>
      unlessUnanswered(async (onUnanswered) => {
        const { transaction, channelId, descriptor } = payload
        const client = clientOf(chainId, onUnanswered)
        await checkTransaction(transaction, client)
        const opened = Chain.validateOpenCredentialTransaction({
          chainId,
          escrowContract: escrow,
          expectedAuthorizedSigner: descriptor.authorizedSigner,
          expectedChannelId: channelId,
          expectedCurrency: descriptor.token,
          expectedExpiringNonceHash: descriptor.expiringNonceHash,
          expectedOperator: descriptor.operator,
          expectedPayee: descriptor.payee,
          expectedPayer: descriptor.payer,
          serializedTransaction: transaction,
        })
        await Chain.simulateCredentialTransaction({ client, transaction: opened.transaction })
        return toSafeAmount(opened.openDeposit)
      }),

    /**
     * Throws for a transaction that does anything else than add the payload's amount to the deposit
     * (with such a swap, if need be), that its sender has not signed, or that would fail. Throws
     * ChainUnavailable if the chain has not answered.
     */
    checkTopUp: (
      { transaction, channelId, descriptor, additional }: Payload & { action: 'topUp' },
      { chainId, escrow }: ChannelPlace,
    ): Promise<void> =>
      unlessUnanswered(async (onUnanswered) => {
        const client = clientOf(chainId, onUnanswered)
        await checkTransaction(transaction, client)
        const toppedUp = Chain.validateTopUpCredentialTransaction({
          additionalDeposit: BigInt(additional) as never,
          chainId,
          descriptor,
          escrowContract: escrow,
          expectedChannelId: channelId,
          expectedCurrency: descriptor.token,
          serializedTransaction: transaction,
        })
        await Chain.simulateCredentialTransaction({ client, transaction: toppedUp.transaction })
      }),

    /**
     * Reads a channel's state on the chain, now or in a block. A node that does not have the block
     * yet is asked again, for a second or so.
     */
    async read({ channelId, chainId, escrow }: ChannelPlace, block?: Hex): Promise<ChainState> {
      const client = clientOf(chainId)
      const read = () => Chain.getChannelState(client, channelId, escrow, number)
      const number = block === undefined ? undefined : hexToBigInt(block)
      const state = await (block === undefined ? read() : Chain.readbackWithRetry(read))
      const { closeRequestedAt } = state
      return {
        deposit: toSafeAmount(state.deposit),
        settled: toSafeAmount(state.settled),
        closeRequestedAt,
      }
    },

    /** A signed transaction that takes the amount of a voucher for the recipient. */
    signSettle(channel: Channel, { cumulative, signature }: Voucher): Promise<SignedTransaction> {
      const args = [channel.descriptor, BigInt(cumulative), signature] as const
      return sign(channel, encodeFunctionData({ abi: escrowAbi, functionName: 'settle', args }))
    },

    /**
     * A signed transaction that closes the channel: `capture` in all is the recipient's, the rest
     * goes back to the payer.
     */
    signClose(channel: Channel, capture: number): Promise<SignedTransaction> {
      const { cumulative, signature } = channel.accepted
      const args = [channel.descriptor, BigInt(cumulative), BigInt(capture), signature] as const
      return sign(channel, encodeFunctionData({ abi: escrowAbi, functionName: 'close', args }))
    },

    /** Sends a transaction and waits for its receipt. Throws if there is none. */
    async send(raw: Hex): Promise<TransactionReceipt> {
      const receipt = await askChain(rpcUrl, 'eth_sendRawTransactionSync', [raw])
      return receipt as TransactionReceipt
    },
  }
}

/** Returns what a close has paid, by its receipt. Throws if the receipt is of something else. */
export function closingOf(receipt: TransactionReceipt, channelId: Hex): Closing {
  const event = Chain.getChannelEvent(receipt as never, 'ChannelClosed', channelId)
  const { settledToPayee, refundedToPayer } = Chain.readChannelClosedReceiptFields(event as never)
  return { captured: toSafeAmount(settledToPayee), refunded: toSafeAmount(refundedToPayer) }
}

/**
 * Whether an order and a payload are about one channel: the id must be the hash of the descriptor,
 * and the descriptor's terms must be those of the order.
 */
export function isOrdersChannel(order: ChannelOrder, { descriptor, channelId }: Payload): boolean {
  const { payee, token } = descriptor
  const { chainId, escrow } = order
  const id = Session.Precompile.Channel.computeId({ ...descriptor, chainId, escrow: escrow as Hex })
  const { source } = order.credential
  const sources = [descriptor.payer, signerOf(descriptor)].map(
    (address) => `did:pkh:eip155:${chainId}:${address}`,
  )
  return (
    id === channelId &&
    payee === order.recipient.toLowerCase() &&
    token === order.currency.toLowerCase() &&
    descriptor.operator === order.operator.toLowerCase() &&
    (source === undefined || sources.includes(source.toLowerCase()))
  )
}

function toSafeAmount(value: bigint): number {
  const amount = Number(value)
  if (!Number.isSafeInteger(amount)) throw new Error('the amount is beyond what is kept here')
  return amount
}
