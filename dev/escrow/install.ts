/** Installs the stand-in for the channel precompile (TIP-1034) on a local chain. */
import {
  type Address,
  createClient,
  encodeFunctionData,
  type Hex,
  http,
  maxUint256,
  padHex,
} from 'viem'
import { getCode, readContract, waitForTransactionReceipt } from 'viem/actions'
import { Abis, Addresses } from 'viem/tempo'
import { CURRENCY } from '../money.ts'
import compiled from './escrow.json' with { type: 'json' }

/** The address of the precompile in the protocol. */
export const ESCROW_ADDRESS = Addresses.tip20ChannelReserve
/**
 * The storage slot from which the stand-in reads the hash of the transaction that opens a channel.
 */
export const OPENING_HASH_SLOT = padHex('0x0', { size: 32 })

/**
 * Installs the stand-in, and gives it what the precompile does not need: an allowance of every
 * account of the chain, and one unit of the currency, so that a client's estimate of gas is right
 * (idempotent). Throws if the chain does not answer.
 */
export async function installEscrow(chainUrl: string): Promise<void> {
  const client = createClient({ transport: http(chainUrl, { retryCount: 0 }) })
  const call = (method: string, params: unknown[]) =>
    client.request({ method, params } as never) as Promise<unknown>
  const token = { address: CURRENCY, abi: Abis.tip20 } as const

  const send = async (from: Address, data: Hex) => {
    const hash = (await call('eth_sendTransaction', [{ from, to: CURRENCY, data }])) as Hex
    const { status } = await waitForTransactionReceipt(client, { hash, pollingInterval: 20 })
    if (status !== 'success') throw new Error(`the set-up of ${from} for channels was reverted`)
  }

  const bytecode = compiled.runtimeBytecode as Hex
  if ((await getCode(client, { address: ESCROW_ADDRESS })) !== bytecode) {
    await call('anvil_setCode', [ESCROW_ADDRESS, bytecode])
    // Any hash but zero, because a client estimates the gas of an opening before it has a
    // transaction.
    await call('anvil_setStorageAt', [
      ESCROW_ADDRESS,
      OPENING_HASH_SLOT,
      padHex('0x1', { size: 32 }),
    ])
  }

  const accounts = (await call('eth_accounts', [])) as Address[]
  await Promise.all(
    accounts.map(async (account) => {
      const args = [account, ESCROW_ADDRESS] as const
      const allowed = await readContract(client, { ...token, functionName: 'allowance', args })
      if (allowed > maxUint256 / 2n) return
      const approval = { functionName: 'approve', args: [ESCROW_ADDRESS, maxUint256] } as const
      await send(account, encodeFunctionData({ abi: Abis.tip20, ...approval }))
    }),
  )

  const [first] = accounts
  const held = await readContract(client, {
    ...token,
    functionName: 'balanceOf',
    args: [ESCROW_ADDRESS],
  })
  if (held > 0n || first === undefined) return
  const gift = { functionName: 'transfer', args: [ESCROW_ADDRESS, 1n] } as const
  await send(first, encodeFunctionData({ abi: Abis.tip20, ...gift }))
}
