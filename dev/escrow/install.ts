/** Puts the stand-in for the channel precompile on a local chain. */
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

/** Where the protocol has the precompile. */
export const ESCROW_ADDRESS = Addresses.tip20ChannelReserve
/** Where the stand-in finds the hash of the transaction that opens a channel. */
export const OPENING_HASH_SLOT = padHex('0x0', { size: 32 })

/**
 * The stand-in, and what it takes that the precompile does not: all of the chain's own accounts let it have their money, and it has a first unit of it, so
 * that a client's estimate of gas is right. Doing it again changes nothing. Throws if the chain does not answer.
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
    // Any hash but zero: a client asks what opening costs before there is a transaction.
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
