/**
 * A wallet that pays by the result: mppx's unmodified client, and the owner's own actions on the
 * chain.
 */
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
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { Actions } from 'viem/tempo'
import { ESCROW_ADDRESS } from '../../../dev/escrow/install.ts'
import { CHAIN_ID, PAYER_PRIVATE_KEY } from '../../../dev/money.ts'

/** Keys of payers: anvil's public ones, but for the recipient's and the operator's. */
export const PAYER_KEYS = [
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6',
  '0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e',
  '0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356',
  '0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97',
  '0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6',
] as const

export interface ChannelWalletOptions {
  /** The most that the wallet locks in a channel and signs for, in dollars. */
  maxDeposit?: string
  privateKey?: string
  /** The account that pays, instead of the private key's: an access key of another one. */
  account?: PrivateKeyAccount
  /** Whether a client without a channel asks the gateway for one first. Default: false. */
  bootstrap?: boolean
  /** Calls the gateway. Default: the global `fetch`. */
  fetch?: typeof fetch
}

/**
 * The storage layout of Escrow.sol: the slot of the channels, and the bit at which the time of a
 * request to close (seconds) begins in the word of a channel.
 */
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

/** The malleated signature with a high s, which is valid by arithmetic alone. */
export function highS(signature: Hex): Hex {
  const { r, s, yParity } = Signature.fromHex(signature)
  return Signature.toHex({ r, s: SECP256K1_ORDER - s, yParity: 1 - yParity })
}

/** A wallet on a chain. Its client keeps one open channel for each payee. */
export function channelWallet(chain: Chain, options: ChannelWalletOptions = {}) {
  const { maxDeposit = '1', privateKey = PAYER_PRIVATE_KEY, ...others } = options
  const { account = privateKeyToAccount(privateKey as Hex), ...rest } = others
  const transport = http(undefined, { retryCount: 0 })
  const client = createClient({ chain, account, transport })
  // A node reads nothing for a client whose own account is an access key.
  const reader = createClient({ chain, transport })
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
    getClient: () => (options.account === undefined ? client : reader) as never,
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

  /** The state of the channel on the chain: all zero if the channel is closed. */
  const state = () => Actions.channel.getStates(client, { channel: channelId() })

  /**
   * Moves the payer's request to close fifteen minutes back. The chain's clock stays, because
   * clients sign for the next 25 s of their own clock.
   */
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
    /** For other calls of the chain. */
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
