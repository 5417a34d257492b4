/**
 * The cost of payments on a local chain, by mppx's client. Few, because a chain has a block a
 * second.
 */
import { chainProgram } from '../dev/chain.ts'
import { signVoucher } from '../test/support/node/channelWallet.ts'
import { encode, type Seen, startPaymentServices } from '../test/support/node/paidGateway.ts'
import { startWorkers } from '../test/support/node/workers.ts'
import { cpuNanoseconds, type Pinning } from './cpu.ts'
import { workerdsOfMiniflare } from './processes.ts'
import { median } from './stats.ts'

/** In the currency's smallest unit: of one call, and of one result. */
const PRICE = 150
const CHECKED = 'bench: signature check'

export interface PaidCosts {
  /** Questions to the chain's RPC for one charge, and for one voucher. */
  chargeRpcCalls: number
  voucherRpcCalls: number
  voucherSignatureChecks: number
  /**
   * CPU of the whole process, with both Workers, their objects and the simulated stores, in
   * microseconds.
   */
  chargeMicros: number
  voucherMicros: number
}

/** Why payments cannot be measured here, or null. */
export const whyNotPaid = () => (chainProgram() === null ? 'there is no local chain' : null)

/** Pays for so many calls, and by so many vouchers from one channel. */
export async function measurePaid(
  pinning: Pinning,
  { charges, vouchers }: { charges: number; vouchers: number },
): Promise<PaidCosts> {
  const market = await startPaymentServices()
  market.origin.behave = ({ target }: Seen, response) => {
    const tweets = target.startsWith('/search') ? [{ id: '1' }] : []
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ tweets }))
  }
  const others = workerdsOfMiniflare()
  const stack = await startWorkers(
    market.originUrl,
    market.rpc.url,
    'test/support/worker/pricedGateway.ts',
    { paymentsEntry: 'bench/workers/countedPayments.ts' },
  )
  try {
    const pid = workerdsOfMiniflare().find((one) => !others.includes(one)) ?? 0
    pinning.moveToServer(pid)
    const lab = { market, stack, pid }
    return { ...(await payByCharge(lab, charges)), ...(await payByVoucher(lab, vouchers)) }
  } finally {
    await stack.end()
    await market.end()
  }
}

interface PaidSetting {
  market: Awaited<ReturnType<typeof startPaymentServices>>
  stack: Awaited<ReturnType<typeof startWorkers>>
  pid: number
}

async function payByCharge({ market, stack, pid }: PaidSetting, charges: number) {
  const url = `${stack.url}/after`
  const payer = market.wallets.payer('pull')
  const rpcCalls: number[] = []
  const micros: number[] = []
  // The first one loads what later ones find loaded.
  for (let charge = 0; charge <= charges; charge++) {
    const authorization = await payer.createCredential(await fetch(url))
    market.rpc.asked.length = 0
    const before = cpuNanoseconds(pid)
    await paid(await fetch(url, { headers: { authorization } }))
    micros.push((cpuNanoseconds(pid) - before) / 1_000)
    rpcCalls.push(market.rpc.asked.length)
  }
  return { chargeRpcCalls: Math.max(...rpcCalls.slice(1)), chargeMicros: median(micros.slice(1)) }
}

async function payByVoucher({ market, stack, pid }: PaidSetting, vouchers: number) {
  const url = `${stack.url}/search?limit=1`
  const wallet = market.wallets.channels()
  await paid(await wallet.manager.fetch(url))
  const channelId = wallet.channelId()
  const descriptor = { ...wallet.channel() }
  const challenge = challengeIn(await fetch(url))
  const authorizations = Array.from({ length: vouchers + 1 }, (_, index) => {
    const cumulative = PRICE * (index + 2)
    const signature = signVoucher(channelId, cumulative)
    const cumulativeAmount = String(cumulative)
    const payload = { action: 'voucher', channelId, descriptor, cumulativeAmount, signature }
    return encode({ challenge, payload })
  })
  // The first one loads what later ones find loaded.
  for (const authorization of authorizations.slice(0, 1))
    await paid(await fetch(url, { headers: { authorization } }))
  market.rpc.asked.length = 0
  stack.logs.length = 0
  const before = cpuNanoseconds(pid)
  for (const authorization of authorizations.slice(1))
    await paid(await fetch(url, { headers: { authorization } }))
  const micros = (cpuNanoseconds(pid) - before) / 1_000 / vouchers
  const checks = stack.logs.filter((line) => line.includes(CHECKED)).length
  return {
    voucherRpcCalls: market.rpc.asked.length / vouchers,
    voucherSignatureChecks: checks / vouchers,
    voucherMicros: micros,
  }
}

/** Throws for an answer that is not given for a payment. */
async function paid(response: Response): Promise<void> {
  const body = await response.text()
  if (response.status !== 200 || !response.headers.has('payment-receipt'))
    throw new Error(`a payment was answered with ${response.status}: ${body}`)
}

/** The challenge of a 402, as it is on the wire. */
function challengeIn(response: Response): Record<string, string> {
  const header = response.headers.get('www-authenticate') ?? ''
  const parameters = header.matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)
  return Object.fromEntries([...parameters].map(([, name, value]) => [name ?? '', value ?? '']))
}
