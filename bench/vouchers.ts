/** Compares the cost of a voucher's check in a payment channel with the same check in mppx. */
import { Session } from 'mppx/tempo'
import type { Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { CHAIN_ID, PAYER_PRIVATE_KEY } from '../dev/money.ts'
import type { Voucher } from '../payments/channels/payload.ts'
import { faultOf } from '../payments/channels/voucher.ts'

const { getVoucherDomain, verifyVoucher, voucherTypes } = Session.Precompile.Voucher

const VOUCHERS = 200
const ROUNDS = 5
/** mppx checks a voucher when it validates a credential, and again when it takes it. */
const CHECKS_OF_MPPX = 2

const channelId: Hex = `0x${'ab'.repeat(32)}`
const escrow: Hex = '0x4d50500000000000000000000000000000000000'
const payer = privateKeyToAccount(PAYER_PRIVATE_KEY)

/** Prints how much less ours takes. */
export async function compareVouchers(): Promise<void> {
  const vouchers = await Promise.all(Array.from({ length: VOUCHERS }, (_, i) => signed(i + 1)))
  const signer = payer.address.toLowerCase() as Hex
  const ours = (voucher: Voucher) =>
    faultOf(voucher, { channelId, chainId: CHAIN_ID, escrow }, signer) === null
  const theirs = ({ cumulative, signature }: Voucher) => {
    const voucher = { channelId, cumulativeAmount: BigInt(cumulative), signature }
    return verifyVoucher(escrow, CHAIN_ID, voucher, payer.address)
  }
  const ratios: { ratio: number; oursMs: number; theirsMs: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const oursMs = costOf(vouchers, ours)
    const theirsMs = costOf(vouchers, theirs) * CHECKS_OF_MPPX
    ratios.push({ ratio: theirsMs / oursMs, oursMs, theirsMs })
  }
  ratios.sort((a, b) => a.ratio - b.ratio)
  const { ratio = 0, oursMs = 0, theirsMs = 0 } = ratios[Math.floor(ROUNDS / 2)] ?? {}
  console.log(`the check of a voucher, to mppx's: ${ratio.toFixed(1)} times less`)
  console.log(`  CPU for one voucher: ${oursMs.toFixed(2)} ms to ${theirsMs.toFixed(2)} ms`)
}

async function signed(amount: number): Promise<Voucher> {
  const domain = getVoucherDomain(escrow, CHAIN_ID)
  const message = { channelId, cumulativeAmount: BigInt(amount) }
  const types = voucherTypes
  const signature = await payer.signTypedData({ domain, types, primaryType: 'Voucher', message })
  return { cumulative: amount, signature }
}

/** The CPU milliseconds for one voucher. Throws if one is not good: then nothing was measured. */
function costOf(vouchers: readonly Voucher[], isGood: (voucher: Voucher) => boolean): number {
  const before = process.cpuUsage()
  if (!vouchers.every(isGood)) throw new Error('a voucher was refused')
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / vouchers.length
}
