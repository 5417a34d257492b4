/**
 * A payer that has lost the state of its channel goes on with it, by mppx's unmodified client on a
 * real chain; and nobody else gets anything of it.
 */
import type { ServerResponse } from 'node:http'
import { tempo as server } from 'mppx/server'
import type { Hex } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ESCROW_ADDRESS } from '../../dev/escrow/install.ts'
import { CHAIN_ID, CURRENCY, OPERATOR, RECIPIENT } from '../../dev/money.ts'
import type { AccessKey } from '../support/node/chain.ts'
import { PAYER_KEYS } from '../support/node/channelWallet.ts'
import {
  decode,
  encode,
  type PaymentServices,
  receiptOf,
  type Seen,
  startPaymentServices,
} from '../support/node/paidGateway.ts'
import { startWorkers } from '../support/node/workers.ts'

const DEPOSIT = 10_000n
/** Each is for the channels of one test. */
const [COLD, POSTER, PARALLEL, CLOSER, LEAVER, STRANGER] = PAYER_KEYS
const BOOTSTRAP = { 'accept-payment': 'tempo/charge' }

/** An origin that answers with as many results as the query's `n` or the body's ids say. */
function gives({ target, body }: Seen, response: ServerResponse): void {
  const n = Number(new URL(target, 'http://origin').searchParams.get('n') ?? 1)
  const count = body === '' ? n : JSON.parse(body).ids.length
  const tweets = Array.from({ length: count }, (_, id) => ({ id }))
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ tweets }))
}

let services: PaymentServices
let workers: Awaited<ReturnType<typeof startWorkers>>
beforeAll(async () => {
  services = await startPaymentServices()
  const entry = 'test/support/worker/pricedGateway.ts'
  workers = await startWorkers(services.originUrl, services.rpc.url, entry)
})
afterAll(async () => {
  await workers.end()
  await services.end()
})
beforeEach(() => {
  services.reset()
  services.origin.behave = gives
})

const at = (path: string) => workers.url + path
const search = (limit: number, n: number) => at(`/search?limit=${limit}&n=${n}`)
const escrow = () => services.wallets.escrow()

/** A client that has lost everything but its key. */
const cold = (privateKey: string) => services.wallets.channels({ privateKey, bootstrap: true })

/** A wallet whose channel has paid for so many results. */
async function spent(privateKey: string, results: number) {
  const wallet = services.wallets.channels({ privateKey })
  expect((await wallet.manager.fetch(search(20, results))).status).toBe(200)
  return wallet
}

const head = (headers: Record<string, string> = {}, path = '/search') =>
  fetch(at(path), { method: 'HEAD', headers: { ...BOOTSTRAP, ...headers } })

/** The `Authorization` with a proof that answers a fresh challenge. */
const proofOf = async (privateKey: string, path = '/search') =>
  services.wallets.payer('pull', privateKey).createCredential(await head({}, path))

const prove = async (privateKey: string, path = '/search') =>
  head({ authorization: await proofOf(privateKey, path) }, path)

/** The parts of a HEAD's answer that matter here. */
const told = ({ status, headers }: Response) => ({
  status,
  session: headers.get('payment-session'),
  money: headers.get('payment-status'),
})
const NOTHING = { status: 204, session: null, money: 'charged=?0' }

/** The challenge of a 402: method, intent and amount. */
function offered({ status, headers }: Response) {
  const [challenge] = headers.get('www-authenticate')?.match(/request="[^"]+"/) ?? []
  const request = challenge?.slice('request="'.length, -1) ?? ''
  const { amount } = JSON.parse(Buffer.from(request, 'base64url').toString())
  const [, intent] = /intent="([a-z]+)"/.exec(headers.get('www-authenticate') ?? '') ?? []
  return { status, intent, amount }
}

describe('a client that has lost the state of its channel', () => {
  it('goes on with the open channel on any route of its terms, and locks no second deposit', async () => {
    const before = await escrow()
    const first = await spent(COLD, 4)
    const wallet = cold(COLD)
    const again = await wallet.manager.fetch(at('/likes?limit=20&n=3'))
    expect(again.status).toBe(200)
    expect(wallet.channelId()).toBe(first.channelId())
    expect(receiptOf(again)).toMatchObject({ spent: '1050', units: 7, acceptedCumulative: '6000' })
    expect(await escrow()).toBe(before + DEPOSIT)
    expect(await wallet.manager.close()).toMatchObject({ spent: '1050' })
    expect(await escrow()).toBe(before)
    expect(services.origin.seen.map(({ method }) => method)).toEqual(['GET', 'GET'])
  })

  it('tops the open channel up where its deposit is used up', async () => {
    const before = await escrow()
    const first = await spent(COLD, 20)
    for (let calls = 0; calls < 2; calls++)
      expect((await first.manager.fetch(search(20, 20))).status).toBe(200)
    const wallet = cold(COLD)
    expect((await wallet.manager.fetch(search(20, 20))).status).toBe(200)
    expect(wallet.channelId()).toBe(first.channelId())
    expect(await wallet.manager.close()).toMatchObject({ spent: '12000' })
    expect(await escrow()).toBe(before)
  })

  it('finds the channel at a route that takes POST alone', async () => {
    const before = await escrow()
    const download = (wallet: ReturnType<typeof cold>) =>
      wallet.manager.fetch(at('/download'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"ids":[1,2]}',
      })
    const first = services.wallets.channels({ privateKey: POSTER })
    expect((await download(first)).status).toBe(200)
    const wallet = cold(POSTER)
    expect(receiptOf(await download(wallet))).toMatchObject({ spent: '600' })
    expect(wallet.channelId()).toBe(first.channelId())
    expect(await escrow()).toBe(before + DEPOSIT)
  })

  it('opens a channel if there is none, or if it was closed', async () => {
    const wallet = cold(CLOSER)
    expect((await wallet.manager.fetch(search(20, 1))).status).toBe(200)
    expect(await prove(CLOSER).then(told)).toMatchObject({ session: wallet.channelId() })
    await wallet.manager.close()
    expect(await prove(CLOSER).then(told)).toEqual(NOTHING)
    const next = cold(CLOSER)
    expect((await next.manager.fetch(search(20, 1))).status).toBe(200)
    expect(next.channelId()).not.toBe(wallet.channelId())
  })

  it('is not sent back to a channel whose close it has requested on the chain', async () => {
    const wallet = await spent(LEAVER, 1)
    await wallet.requestClose()
    // The object reads the chain at its next call, because it knows of no close yet.
    const next = cold(LEAVER)
    expect((await next.manager.fetch(search(20, 1))).status).toBe(200)
    expect(next.channelId()).not.toBe(wallet.channelId())
  })
})

describe('the way there', () => {
  it('is a HEAD that takes tempo/charge alone: any other HEAD is about the route', async () => {
    expect(offered(await head())).toEqual({ status: 402, intent: 'charge', amount: '0' })
    const about = { status: 402, intent: 'session', amount: '3000' }
    for (const accept of ['tempo/session', 'tempo/session, tempo/charge', '*/*', 'evm/charge', '?'])
      expect(offered(await head({ 'accept-payment': accept })), accept).toEqual(about)
    expect(offered(await fetch(at('/search'), { method: 'HEAD' }))).toEqual(about)
    expect(offered(await fetch(at('/search'), { headers: BOOTSTRAP }))).toEqual(about)
  })

  it('gives a snapshot that mppx reads, with the highest voucher, and says that nothing was charged', async () => {
    const wallet = await spent(PARALLEL, 4)
    const response = await prove(PARALLEL)
    expect(told(response)).toEqual({ ...NOTHING, session: wallet.channelId() })
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    const snapshot = server.session.deserializeSnapshot(
      response.headers.get('payment-session-snapshot') ?? '',
    )
    expect(snapshot).toMatchObject({
      channelId: wallet.channelId(),
      acceptedCumulative: '3000',
      spent: '600',
      requiredCumulative: '600',
      deposit: String(DEPOSIT),
      units: 4,
      highestVoucher: { channelId: wallet.channelId(), cumulativeAmount: '3000' },
    })
  })

  it('takes a proof once: of 10 at once, and later, one gets the channel', async () => {
    const authorization = await proofOf(PARALLEL)
    const answers = await Promise.all(Array.from({ length: 10 }, () => head({ authorization })))
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([204, ...Array(9).fill(402)])
    expect((await head({ authorization })).status).toBe(402)
  })

  it('shows nothing to a stranger, who has a wallet too or says to be the payer', async () => {
    expect(await prove(STRANGER).then(told)).toEqual(NOTHING)
    const credential = decode(await proofOf(STRANGER))
    const source = decode(await proofOf(PARALLEL)).source
    const posed = await head({ authorization: encode({ ...credential, source }) })
    expect(told(posed)).toMatchObject({ status: 402, session: null })
    expect(posed.headers.get('payment-session-snapshot')).toBeNull()
  })

  it('takes no proof of another route or price, and no payment for a proof', async () => {
    const elsewhere = await proofOf(PARALLEL, '/likes')
    expect((await head({ authorization: elsewhere })).status).toBe(402)
    const client = services.wallets.payer('pull', PARALLEL)
    const free = await client.createCredential(await fetch(at('/proof')))
    expect((await head({ authorization: free })).status).toBe(402)
    const authorization = await proofOf(PARALLEL)
    const call = await fetch(search(20, 1), { headers: { authorization } })
    expect([call.status, services.origin.seen]).toEqual([400, []])
    expect((await fetch(at('/proof'), { headers: { authorization } })).status).toBe(402)
    expect((await head({ authorization }, '/proof')).status).toBe(402)
    expect((await head({ authorization })).status).toBe(204)
  })

  it('gives a channel to the signer of its vouchers alone, on its terms', async () => {
    const [key = ''] = await services.wallets.fresh(1)
    const wallet = await spent(key, 1)
    const object = await workers.channel(wallet.channelId())
    const terms = {
      chainId: CHAIN_ID,
      currency: CURRENCY,
      recipient: RECIPIENT,
      operator: OPERATOR,
      escrow: ESCROW_ADDRESS,
    }
    const signer = wallet.address.toLowerCase()
    expect(await object.recover(signer, terms)).toMatchObject({ state: 'open' })
    const another = services.wallets.channels({ privateKey: STRANGER }).address.toLowerCase()
    expect(await object.recover(another, terms)).toEqual({ state: 'none' })
    for (const [name, value] of Object.entries(terms)) {
      const other = { ...terms, [name]: typeof value === 'number' ? value + 1 : another }
      expect(await object.recover(signer, other), name).toEqual({ state: 'none' })
    }
  })
})

describe('an access key of a payer', () => {
  let root: Hex
  let accessKey: AccessKey
  beforeAll(async () => {
    const [key] = await services.wallets.fresh(1)
    if (key === undefined) throw new Error('there is no fresh wallet')
    root = key
    accessKey = await services.wallets.accessKeyOf(root)
  })

  const freely = async (by: AccessKey) => {
    const credential = await services.wallets.payer('pull', by).createCredential(await unpaid())
    return fetch(at('/proof'), { headers: { authorization: credential } })
  }
  const unpaid = () => fetch(at('/proof'))

  it('finds the channel that it has opened, and neither it nor its account finds the other’s', async () => {
    const first = services.wallets.channels({ account: accessKey })
    expect((await first.manager.fetch(search(20, 4))).status).toBe(200)
    expect(first.channel()).toMatchObject({ authorizedSigner: accessKey.accessKeyAddress })
    const own = cold(root)
    expect((await own.manager.fetch(search(20, 1))).status).toBe(200)
    expect(own.channelId()).not.toBe(first.channelId())
    const again = services.wallets.channels({ account: accessKey, bootstrap: true })
    expect(receiptOf(await again.manager.fetch(search(20, 3)))).toMatchObject({ spent: '1050' })
    expect(again.channelId()).toBe(first.channelId())
    expect(await again.manager.close()).toMatchObject({ spent: '1050' })
    expect(await own.manager.close()).toMatchObject({ spent: '150' })
  })

  it('proves its account where a call costs nothing, as long as the chain knows it', async () => {
    expect((await freely(accessKey)).status).toBe(200)
    const assertion = String(services.origin.seen[0]?.headers['turnpike-assertion']).split('.')[1]
    expect(JSON.parse(Buffer.from(assertion ?? '', 'base64url').toString())).toMatchObject({
      kind: 'payment',
      sub: accessKey.address.toLowerCase(),
    })
    const unknown = await services.wallets.accessKeyOf(root, false)
    expect((await freely(unknown)).status).toBe(402)
    // An error of the node is no "no", though the library takes it for one.
    services.rpc.spoil({ method: 'eth_call', how: { error: -32_603 }, about: '', times: 2 })
    expect((await freely(accessKey)).status).toBe(200)
  })
})
