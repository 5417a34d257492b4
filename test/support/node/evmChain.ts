/**
 * A plain local chain with an EIP-3009 token, wallets that pay with it, and the facilitator's
 * calls.
 */
import { Mppx } from 'mppx/client'
import { evm } from 'mppx/evm/client'
import {
  type Address,
  createTestClient,
  defineChain,
  type Hex,
  http,
  parseSignature,
  publicActions,
  walletActions,
} from 'viem'
import { mnemonicToAccount, type PrivateKeyAccount } from 'viem/accounts'
import { RECIPIENT } from '../../../dev/money.ts'
import { EVM } from '../evmMoney.ts'
import { startPlainChain } from './chain.ts'
import type { Settlement } from './facilitator.ts'
import { compile } from './solidity.ts'

/** Anvil's own accounts, by index. */
export const account = (addressIndex: number) =>
  mnemonicToAccount('test test test test test test test test test test test junk', { addressIndex })

const DEPLOYER = account(0)
const FACILITATOR = account(4)

export async function startEvmChain() {
  const chain = await startPlainChain(EVM.chainId)
  const client = createTestClient({
    mode: 'anvil',
    chain: defineChain({
      id: EVM.chainId,
      name: 'plain',
      rpcUrls: { default: { http: [chain.url] } },
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    }),
    transport: http(chain.url, { retryCount: 0 }),
    pollingInterval: 50,
  })
    .extend(publicActions)
    .extend(walletActions)
  const contracts = compile('TestDollar.sol')
  const { abi } = contracts('TestDollar')

  async function deploy(name: string): Promise<Address> {
    const hash = await client.deployContract({ account: DEPLOYER, ...contracts(name), args: [] })
    const { contractAddress } = await client.waitForTransactionReceipt({ hash })
    if (contractAddress == null) throw new Error(`${name} was not deployed`)
    return contractAddress
  }

  const token = await deploy('TestDollar')
  if (token.toLowerCase() !== EVM.currency) throw new Error(`the token is at ${token}`)

  /** Calls a contract and waits for the receipt. Returns the hash. Throws if the call fails. */
  async function send(
    functionName: string,
    args: readonly unknown[],
    from = DEPLOYER,
    contract = { address: token, abi },
  ): Promise<Hex> {
    const { request } = await client.simulateContract({
      ...contract,
      functionName,
      args,
      account: from,
    })
    const hash = await client.writeContract(request)
    await client.waitForTransactionReceipt({ hash })
    return hash
  }

  const cheat = { address: await deploy('Cheat'), abi: contracts('Cheat').abi }
  for (const holder of [account(1).address, cheat.address]) await send('mint', [holder, 1_000_000n])

  return {
    url: chain.url,
    end: chain.end,
    client,
    send,
    cheat,

    /** Sends an authorization to the chain, as a facilitator does. */
    settle: ({ authorization, signature }: Settlement) =>
      send('transferWithAuthorization', argumentsOf(authorization, signature), FACILITATOR),

    balanceOf: (address: string) =>
      client.readContract({
        address: token,
        abi,
        functionName: 'balanceOf',
        args: [address],
      }) as Promise<bigint>,

    isUsed: (from: string, nonce: string) =>
      client.readContract({
        address: token,
        abi,
        functionName: 'authorizationState',
        args: [from, nonce],
      }) as Promise<boolean>,

    /** The unmodified client of mppx. */
    payer(payer: Pick<PrivateKeyAccount, 'address' | 'signTypedData'> = account(1)) {
      const { name, version, decimals, chainId, currency } = EVM
      const method = evm.charge({
        account: payer as never,
        authorization: { name, version },
        decimals,
        networks: [chainId],
        currencies: [currency],
        maxAmount: '1',
      })
      return Mppx.create({ polyfill: false, methods: [method] })
    },

    /** The balance of the recipient, in the smallest unit. */
    merchant: () =>
      client.readContract({
        address: token,
        abi,
        functionName: 'balanceOf',
        args: [RECIPIENT],
      }) as Promise<bigint>,
  }
}

/** An authorization as the arguments of the token's functions. */
export function argumentsOf(
  authorization: Settlement['authorization'],
  signature: string,
): readonly unknown[] {
  const { from, to, value, validAfter, validBefore, nonce } = authorization
  const { r, s, yParity } = parseSignature(signature as Hex)
  return [
    from,
    to,
    BigInt(value),
    BigInt(validAfter),
    BigInt(validBefore),
    nonce,
    yParity + 27,
    r,
    s,
  ]
}
