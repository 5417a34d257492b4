/**
 * A small gateway that calls the objects of payment channels: it makes challenges, orders and
 * receipts.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Hex } from 'viem'
import { ESCROW_ADDRESS } from '../../../dev/escrow/install.ts'
import { CHAIN_ID, CURRENCY, OPERATOR, RECIPIENT } from '../../../dev/money.ts'
import type { Accepted, ChannelOrder, PaymentChannel } from '../../../src/contract/channel.ts'
import type { PaymentCredential } from '../../../src/contract/wire.ts'
import { parsePayment } from '../../../src/credentials/payments/credential.ts'
import { signVoucher } from './channelWallet.ts'

/** The price of one result, in the smallest unit. */
export const PRICE = 150
const ROW = 'GET /x/tweets/search'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A challenge for at most `limit` results. */
export function challengeFor(limit: number) {
  const methodDetails = {
    chainId: CHAIN_ID,
    escrowContract: ESCROW_ADDRESS,
    operator: OPERATOR,
    sessionProtocol: 'v2',
  }
  const request = {
    amount: String(limit * PRICE),
    currency: CURRENCY,
    recipient: RECIPIENT,
    suggestedDeposit: '1000000',
    unitType: 'tweet',
    methodDetails,
  }
  return {
    id: randomUUID(),
    realm: 'gateway.example',
    method: 'tempo',
    intent: 'session',
    request: encode(request),
    expires: new Date(Date.now() + 300_000).toISOString(),
  }
}

/** The order that a gateway makes from a credential. `rest` overrides parts of it. */
export function orderOf(
  credential: PaymentCredential,
  limit: number,
  purpose: ChannelOrder['purpose'],
  rest: Partial<ChannelOrder> = {},
): ChannelOrder {
  return {
    credential,
    expiresAt: Date.now() + 300_000,
    row: ROW,
    requestId: randomUUID(),
    source: 'payer',
    isStream: false,
    chainId: CHAIN_ID,
    currency: CURRENCY,
    recipient: RECIPIENT,
    operator: OPERATOR,
    escrow: ESCROW_ADDRESS,
    asked: String(limit * PRICE),
    purpose,
    most: String(purpose === 'call' ? limit * PRICE : 0),
    holdMs: 30_000,
    ...rest,
  }
}

/**
 * Starts the gateway. The query of a call says how many results it asks for, and how many there
 * are.
 */
export async function startChannelGateway(
  channelOf: (channelId: string) => Promise<PaymentChannel>,
) {
  const gateway = {
    /** The credentials that were presented, whether the object has answered or not. */
    presented: [] as PaymentCredential[],
    /** The credentials with the answers of the object. */
    seen: [] as { credential: PaymentCredential; accepted: Accepted }[],
    /** The id of the last request. */
    requestId: '',
    /** Runs between a reservation and its end. */
    during: (): unknown => undefined,
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://shop.example')
    const limit = Number(url.searchParams.get('limit') ?? 20)
    const results = Number(url.searchParams.get('results') ?? limit)
    const [, presented] = /^Payment (.+)$/.exec(request.headers.authorization ?? '') ?? []
    const credential = presented === undefined ? null : parsePayment(presented)
    if (credential === null) return challenged(response, limit, 402, 'payment-required')
    gateway.presented.push(credential)
    const channel = await channelOf(String(credential.payload.channelId))
    const { action } = credential.payload
    const manages = request.method !== 'GET' || action === 'close' || action === 'topUp'
    const order = orderOf(credential, limit, manages ? 'manage' : 'call')
    gateway.requestId = order.requestId
    const accepted = await channel.accept(order)
    gateway.seen.push({ credential, accepted: structuredClone({ ...accepted }) })
    if (accepted.state === 'refused') {
      return challenged(response, limit, accepted.status, accepted.type)
    }
    if (accepted.state !== 'managed' && accepted.state !== 'reserved') {
      return void response.writeHead(503).end(accepted.state)
    }
    if (accepted.state === 'managed') {
      return void response.writeHead(204, { 'payment-receipt': encode(accepted.receipt) }).end()
    }
    await gateway.during()
    const receipt = await channel.keep(order.requestId, String(results * PRICE), results)
    if ('state' in receipt) return void response.writeHead(503).end(receipt.state)
    response.writeHead(200, { 'payment-receipt': encode(receipt) }).end('{}')
  }

  function challenged(response: ServerResponse, limit: number, status: number, type: string): void {
    const parameters = Object.entries(challengeFor(limit))
    const challenge = parameters.map(([name, value]) => `${name}="${value}"`).join(', ')
    response.writeHead(status, {
      'content-type': 'application/problem+json',
      'www-authenticate': `Payment ${challenge}`,
    })
    const problem = { type: `https://paymentauth.org/problems/${type}`, title: type, status }
    response.end(JSON.stringify(problem))
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      response.writeHead(500).end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const end = () => {
    server.closeAllConnections()
    server.close()
  }
  return Object.assign(gateway, { url: `http://127.0.0.1:${port}`, end })
}

/** A voucher credential for a channel. `given` overrides parts of a valid payload. */
export function voucherOf(
  channel: { channelId: Hex; descriptor: object },
  cumulative: number,
  given: Record<string, unknown> = {},
): PaymentCredential {
  const { channelId, descriptor } = channel
  const voucher = {
    cumulativeAmount: String(cumulative),
    signature: signVoucher(channelId, cumulative),
  }
  const payload = { action: 'voucher', channelId, descriptor: { ...descriptor }, ...voucher }
  return { challenge: challengeFor(20), payload: { ...payload, ...given } as never }
}
