/** A wallet that pays by the result: mppx's unmodified client, and what its owner can do on the chain without asking anybody. */
import { createChannelStore, tempo } from 'mppx/client'
import { Secp256k1, Signature } from 'ox'
import { Channel } from 'ox/tempo'
import {
  type Chain,
  createClient,
  encodeAbiParameters,
  type Hex,
  http,
  keccak256,
  numberToHex,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { Actions } from 'viem/tempo'
import { ESCROW_ADDRESS } from '../../../dev/escrow/install.ts'
import { CHAIN_ID, PAYER_PRIVATE_KEY } from '../../../dev/money.ts'

export interface ChannelWalletOptions {
  /** In dollars: the most that it locks in a channel and signs for. */
  maxDeposit?: string
  privateKey?: string
  /** What it calls the gateway with; the global `fetch` if it is left out. */
  fetch?: typeof fetch
}

/** As Escrow.sol has them: the channels' slot, and where in a channel's word the time of a request to close is, in seconds. */
const CHANNELS_SLOT = 1n
const CLOSE_REQUESTED_AT_BIT = 192n
const GRACE_SECONDS = 15n * 60n
const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** A voucher's signature, in hexadecimal. */
export function signVoucher(
  channelId: Hex,
  cumulativeAmount: bigint | number,
  privateKey: string = PAYER_PRIVATE_KEY,
): Hex {
  const payload = Channel.getVoucherSignPayload({
    chainId: CHAIN_ID,
    channelId,
    cumulativeAmount: BigInt(cumulativeAmount),
  })
  return Signature.toHex(Secp256k1.sign({ payload, privateKey: privateKey as Hex }))
}

/** The other signature that is as good as a given one by arithmetic alone. */
export function highS(signature: Hex): Hex {
  const { r, s, yParity } = Signature.fromHex(signature)
  return Signature.toHex({ r, s: SECP256K1_ORDER - s, yParity: 1 - yParity })
}

/** A wallet on a chain, with a client that keeps one open channel for each payee. */
export function channelWallet(chain: Chain, options: ChannelWalletOptions = {}) {
  const { maxDeposit = '1', privateKey = PAYER_PRIVATE_KEY, ...rest } = options
  const account = privateKeyToAccount(privateKey as Hex)
  const client = createClient({ chain, account, transport: http(undefined, { retryCount: 0 }) })
  const kept = createChannelStore()
  /** The channel that was used last. */
  let last: Parameters<typeof kept.set>[0] | undefined
  const channelStore: typeof kept = {
    ...kept,
    set(entry) {
      last = entry
      return kept.set(entry)
    },
  }
  const manager = tempo.session.manager({
    account,
    getClient: () => client as never,
    maxDeposit,
    channelStore,
    ...rest,
  })

  const channel = () => {
    if (last === undefined) throw new Error('this wallet has opened no channel')
    return last.descriptor
  }
  const channelId = (): Hex => {
    if (last === undefined) throw new Error('this wallet has opened no channel')
    return last.channelId
  }

  /** What the chain says of the channel; all zero for one that is closed. */
  const state = () => Actions.channel.getStates(client, { channel: channelId() })

  /** As if the payer had asked to close it fifteen minutes earlier. The chain's own clock stays: clients sign for the next 25 s of theirs. */
  async function passGrace(): Promise<void> {
    const call = (method: string, params: unknown[]) =>
      client.request({ method, params } as never) as Promise<unknown>
    const key = encodeAbiParameters(
      [{ type: 'bytes32' }, { type: 'uint256' }],
      [channelId(), CHANNELS_SLOT],
    )
    const slot = keccak256(key)
    const word = BigInt(String(await call('eth_getStorageAt', [ESCROW_ADDRESS, slot, 'latest'])))
    const earlier = numberToHex(word - (GRACE_SECONDS << CLOSE_REQUESTED_AT_BIT), { size: 32 })
    await call('anvil_setStorageAt', [ESCROW_ADDRESS, slot, earlier])
  }

  return {
    address: account.address,
    /** For calls on the chain that are not here. */
    client,
    manager,
    channel,
    channelId,
    state,
    topUp: (additionalDeposit: bigint) =>
      Actions.channel.topUpSync(client, { channel: channel(), additionalDeposit }),
    requestClose: () => Actions.channel.requestCloseSync(client, { channel: channel() }),
    withdraw: () => Actions.channel.withdrawSync(client, { channel: channel() }),
    passGrace,
  }
}
