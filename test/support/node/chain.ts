/** A real local chain, and wallets. */
import { spawn } from 'node:child_process'
import { Mppx, tempo } from 'mppx/client'
import { createClient, defineChain, type Hex, http } from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { getTransactionReceipt } from 'viem/actions'
import { tempoLocalnet } from 'viem/chains'
import { Account, Actions } from 'viem/tempo'
import { chainArguments, chainProgram, isChainUp } from '../../../dev/chain.ts'
import { ESCROW_ADDRESS } from '../../../dev/escrow/install.ts'
import { startEscrowProxy } from '../../../dev/escrow/proxy.ts'
import { CURRENCY, PAYER_PRIVATE_KEY, RECIPIENT } from '../../../dev/money.ts'
import { type ChannelWalletOptions, channelWallet } from './channelWallet.ts'
import { ownPort } from './ports.ts'

/**
 * Starts a Tempo chain with the stand-in for the channel precompile. With a `stateFile`, a chain
 * that is killed and started again continues with all that it has answered.
 */
export async function startChain(stateFile?: string) {
  const node = await startNode((port) => chainArguments(port, stateFile))
  const rpc = await startEscrowProxy(node.url, { stateFile })
  return {
    ...node,
    url: rpc.url,
    end: async () => {
      rpc.end()
      await node.end()
    },
  }
}

/**
 * Starts a plain EVM chain without Tempo's features: a block each second, and one for each
 * transaction.
 */
export const startPlainChain = (chainId: number) =>
  startNode((port) => [
    '--chain-id',
    String(chainId),
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--silent',
    '--block-time',
    '1',
    '--mixed-mining',
  ])

/** Starts a chain. Throws if there is none for this machine, because no test may be skipped. */
async function startNode(argumentsFor: (port: number) => string[]) {
  const program = chainProgram()
  if (program === null) throw new Error('the local chain is missing: npm ci did not install it')
  const port = await ownPort()
  const url = `http://127.0.0.1:${port}`

  async function run() {
    const child = spawn(program ?? '', argumentsFor(port), { stdio: 'ignore' })
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    while (!(await isChainUp(url))) {
      if (child.exitCode !== null) throw new Error(`the local chain ended with ${child.exitCode}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return async (signal: NodeJS.Signals) => {
      child.kill(signal)
      await exited
    }
  }

  let stop = await run()
  return {
    url,
    /** Kills the chain until `start`; what is in front of it stays. */
    stop: () => stop('SIGKILL'),
    start: async () => {
      stop = await run()
    },
    end: () => stop('SIGKILL'),
  }
}

/** A key that signs for the account of another one. viem's types of the two kinds differ. */
export type AccessKey = PrivateKeyAccount & { accessKeyAddress: Hex }

/** Wallets and balances on a chain. */
export function walletsOn(chainUrl: string) {
  const chain = defineChain({ ...tempoLocalnet, rpcUrls: { default: { http: [chainUrl] } } })

  /** The unmodified client of mppx, with a funded wallet. */
  function payer(mode: 'pull' | 'push', by: string | PrivateKeyAccount = PAYER_PRIVATE_KEY) {
    const account = typeof by === 'string' ? privateKeyToAccount(by as Hex) : by
    const transport = http(chainUrl, { retryCount: 0 })
    const client = createClient({ chain, account, transport })
    const method = tempo.charge({ account, mode, getClient: () => client as never })
    return Mppx.create({ polyfill: false, methods: [method] })
  }

  /** A wallet that pays by the result. */
  const channels = (options: ChannelWalletOptions = {}) => channelWallet(chain, options)

  /** The balance of an account in a token, in the smallest unit. */
  async function balance(account: Hex, token: Hex = CURRENCY): Promise<bigint> {
    const client = createClient({ chain, transport: http(chainUrl) })
    return (await Actions.token.getBalance(client, { account, token })).amount
  }

  /** The balances of an account in all dollar tokens, in any of which fees may be paid. */
  async function wealth(account: Hex): Promise<bigint> {
    const tokens = ['0', '1', '2', '3'].map((last) => `${CURRENCY.slice(0, -1)}${last}` as Hex)
    const balances = await Promise.all(tokens.map((token) => balance(account, token)))
    return balances.reduce((sum, one) => sum + one)
  }

  /** The balance of the recipient. */
  const merchant = () => balance(RECIPIENT)
  /** The sum that is locked in all channels. */
  const escrow = () => balance(ESCROW_ADDRESS)

  /** New wallets, each with a thousand dollars and an allowance for the escrow: their keys. */
  async function fresh(count: number): Promise<Hex[]> {
    const keys = Array.from({ length: count }, () => generatePrivateKey())
    const clientOf = (key: Hex) =>
      createClient({ chain, account: privateKeyToAccount(key), transport: http(chainUrl) })
    const rich = clientOf(PAYER_PRIVATE_KEY)
    for (const key of keys) {
      const { account } = clientOf(key)
      const gift = { token: CURRENCY as Hex, to: account.address, amount: 1_000_000_000n }
      await Actions.token.transferSync(rich, gift)
    }
    const allowed = { token: CURRENCY as Hex, spender: ESCROW_ADDRESS, amount: 2n ** 128n - 1n }
    await Promise.all(
      keys.map((key) =>
        Actions.token.approveSync(clientOf(key), { ...allowed, feeToken: CURRENCY } as never),
      ),
    )
    return keys
  }

  /** Whether a transaction is in a block, and has succeeded. */
  async function isMined(hash: Hex): Promise<boolean> {
    const client = createClient({ chain, transport: http(chainUrl) })
    const receipt = await getTransactionReceipt(client, { hash }).catch(() => null)
    return receipt?.status === 'success'
  }

  /** A new access key of the account of a private key. `isKnown`: the chain knows it. */
  async function accessKeyOf(privateKey: Hex, isKnown = true): Promise<AccessKey> {
    const root = Account.fromSecp256k1(privateKey)
    const accessKey = Account.fromSecp256k1(generatePrivateKey(), { access: root })
    const client = createClient({ chain, account: root, transport: http(chainUrl) })
    const expiry = Math.floor(Date.now() / 1000) + 3_600
    const asked = { accessKey, expiry, feeToken: CURRENCY }
    if (isKnown) await Actions.accessKey.authorizeSync(client, asked as never)
    return accessKey as unknown as AccessKey
  }

  return { payer, channels, balance, merchant, wealth, escrow, fresh, isMined, accessKeyOf }
}
