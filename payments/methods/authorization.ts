/** Reads EIP-3009 authorizations, and asks the chain about them. */
import { encodeFunctionData, type Hex, parseAbi, parseSignature, toEventSelector } from 'viem'
import * as z from 'zod/mini'
import type { ChargeOrder } from '../../src/contract/charge.ts'
import { askChain } from '../chain/rpc.ts'
import { receiptOf } from '../chain/transactionStatus.ts'
import { ChainUnavailable } from '../chain/unavailable.ts'

const hex = (digits: number) => z.string().check(z.regex(new RegExp(`^0x[0-9a-fA-F]{${digits}}$`)))
/** Decimal digits: an amount in the smallest unit, or seconds. */
const uint256 = z.string().check(z.regex(/^(?:0|[1-9][0-9]{0,77})$/))
const payloadSchema = z.object({
  type: z.literal('authorization'),
  from: hex(40),
  to: hex(40),
  value: uint256,
  validAfter: uint256,
  validBefore: uint256,
  nonce: hex(64),
  signature: hex(130),
})

/** The transfer that the payer has signed. Amounts and times are in decimal digits. */
export interface TransferAuthorization {
  from: Hex
  to: Hex
  value: string
  validAfter: string
  validBefore: string
  nonce: Hex
  signature: Hex
}

/** The payload of an `evm` credential. Throws for a payload of another form. */
export function authorizationOf({ credential }: ChargeOrder): TransferAuthorization {
  const { type: _, ...signed } = payloadSchema.parse(credential.payload)
  return signed as TransferAuthorization
}

const ABI = parseAbi([
  'function transferWithAuthorization(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce, uint8 v, bytes32 r, bytes32 s)',
  'function authorizationState(address authorizer, bytes32 nonce) view returns (bool)',
  'function balanceOf(address account) view returns (uint256)',
])
const USED = toEventSelector('AuthorizationUsed(address,bytes32)')
const CANCELED = toEventSelector('AuthorizationCanceled(address,bytes32)')
const TRANSFER = toEventSelector('Transfer(address,address,uint256)')

interface Log {
  address: string
  topics: string[]
  data: string
  transactionHash: string
}

/**
 * The questions to the chain about one order's authorization. Each throws ChainUnavailable.
 */
export function createAuthorizationView(
  rpcUrl: string,
  order: ChargeOrder,
  signed: TransferAuthorization,
) {
  const { from, nonce } = signed
  const call = (data: Hex, block: string) =>
    askChain(rpcUrl, 'eth_call', [{ to: order.currency, data }, block]) as Promise<Hex>

  /** One word that a view of the token returns. A token that cannot be asked has said nothing. */
  async function view(data: Hex, block: string): Promise<bigint> {
    const word = await call(data, block)
    if (word.length === 66) return BigInt(word)
    throw new ChainUnavailable('the token does not answer')
  }

  /** Whether a transaction's logs show this authorization, and its transfer of the price to us. */
  function isPaidIn(logs: readonly Log[]): boolean {
    const at = logs.findIndex((log) => isNamedBy(log, USED))
    // The token logs the transfer right after its authorization. Any other transfer of the same
    // transaction may belong to another payment: it would be counted twice, the second time for
    // this authorization, which moved nothing.
    const transfer = logs[at + 1]
    if (at === -1 || transfer === undefined) return false
    const [event, payer, payee] = transfer.topics
    return (
      isSameAddress(transfer.address, order.currency) &&
      event === TRANSFER &&
      isSameAddress(payer, topic(from)) &&
      isSameAddress(payee, topic(order.recipient)) &&
      BigInt(transfer.data) === BigInt(order.amount)
    )
  }

  function isNamedBy({ address, topics }: Log, event: Hex): boolean {
    const [first, authorizer, used] = topics
    const isThis = isSameAddress(authorizer, topic(from)) && isSameAddress(used, nonce)
    return isSameAddress(address, order.currency) && first === event && isThis
  }

  return {
    /**
     * Simulates the transfer, which checks the balance, the authorization's state and times, and
     * the token's own rules. Throws ChainReverted if it would fail.
     */
    async simulate(): Promise<void> {
      const { to, value, validAfter, validBefore, signature } = signed
      const { r, s, yParity } = parseSignature(signature)
      const data = encodeFunctionData({
        abi: ABI,
        functionName: 'transferWithAuthorization',
        args: [
          ...([from, to, BigInt(value), BigInt(validAfter), BigInt(validBefore)] as const),
          ...([nonce, yParity + 27, r, s] as const),
        ],
      })
      await call(data, 'latest')
    },

    /** Whether the authorization is used or cancelled in a block. */
    async isUsed(block: string): Promise<boolean> {
      const args = [from, nonce] as const
      const data = encodeFunctionData({ abi: ABI, functionName: 'authorizationState', args })
      return (await view(data, block)) !== 0n
    },

    async hasBalance(): Promise<boolean> {
      const data = encodeFunctionData({ abi: ABI, functionName: 'balanceOf', args: [from] })
      return (await view(data, 'latest')) >= BigInt(signed.value)
    },

    /** Whether a transaction paid the order by this authorization. Null: it has no receipt yet. */
    async isPaidBy(hash: string): Promise<boolean | null> {
      const receipt = await receiptOf(rpcUrl, hash as Hex)
      return receipt && receipt.status === '0x1' && isPaidIn(receipt.logs as Log[])
    },

    /** The transaction that used or cancelled the authorization since a block, or null. */
    async useSince(block: string): Promise<string | null> {
      const topics = [[USED, CANCELED], topic(from), nonce]
      const filter = { address: order.currency, fromBlock: block, toBlock: 'latest', topics }
      const [log] = (await askChain(rpcUrl, 'eth_getLogs', [filter])) as Log[]
      return log?.transactionHash.toLowerCase() ?? null
    },
  }
}

const topic = (address: string) => `0x${address.slice(2).toLowerCase().padStart(64, '0')}`
const isSameAddress = (a: string | undefined, b: string) => a?.toLowerCase() === b.toLowerCase()
