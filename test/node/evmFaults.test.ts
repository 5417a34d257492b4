/** Payments by `evm` when something fails: nobody pays for an error, and no payment is lost. */
import { execFile } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RECIPIENT } from '../../dev/money.ts'
import { EVM } from '../support/evmMoney.ts'
import { type EvmGateway, startEvmGateway } from '../support/node/evmGateway.ts'
import {
  type Behaviour,
  PATIENCE,
  PRICE,
  receiptOf,
  untilNotPending,
  works,
} from '../support/node/paidGateway.ts'

let gateway: EvmGateway
beforeAll(async () => {
  gateway = await startEvmGateway()
})
afterAll(() => gateway.end())
beforeEach(() => gateway.reset())

describe('an origin that fails', () => {
  it.each<[what: string, behave: Behaviour]>([
    ['answers 500', (_, response) => void response.writeHead(500).end()],
    ['breaks off', (_, response) => void response.destroy()],
    ['does not answer in time', () => undefined],
    ['does not end in time', (_, response) => void response.writeHead(200).write('begun')],
  ])('and %s: nothing is settled, and the same credential can be used', async (_, behave) => {
    const credential = await gateway.credentialFor()
    const gained = await gateway.gain(async () => {
      gateway.origin.behave = behave
      const failed = await gateway.pay(credential)
      expect(failed.status).toBeGreaterThanOrEqual(500)
      expect(receiptOf(failed)).toBeNull()
    })
    expect(gained).toBe(0n)
    expect(await gateway.isUsed(credential)).toBe(false)
    expect(gateway.facilitator.settled).toEqual([])
    gateway.origin.behave = works
    expect(
      await gateway.gain(async () => void expect((await gateway.pay(credential)).status).toBe(200)),
    ).toBe(PRICE)
  })
})

describe('before the origin is asked', () => {
  it.each([
    [
      'the facilitator is down',
      () => {
        gateway.facilitator.fault = 'down'
      },
    ],
    [
      'the facilitator talks nonsense',
      () => {
        gateway.facilitator.fault = 'garbage'
      },
    ],
  ])('%s: nothing is sold, and nothing is lost', async (_, breakIt) => {
    const credential = await gateway.credentialFor()
    breakIt()
    // More tries than one challenge has: a silent facilitator costs the payer no try.
    for (let tries = 0; tries < 12; tries++) {
      const response = await gateway.pay(credential)
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
    }
    expect(gateway.origin.seen).toEqual([])
    expect(await gateway.isUsed(credential)).toBe(false)
    gateway.facilitator.fault = 'none'
    gateway.rpc.fault = 'none'
    expect(
      await gateway.gain(async () => void expect((await gateway.pay(credential)).status).toBe(200)),
    ).toBe(PRICE)
  })

  it.each(['down', 'garbage'] as const)(
    'the chain is %s: the payment is pending, nothing is sold, and nothing is lost',
    async (fault) => {
      const credential = await gateway.credentialFor()
      gateway.rpc.fault = fault
      const response = await gateway.pay(credential)
      expect(response.status).toBe(503)
      expect(await response.json()).toMatchObject({ error: 'payment_pending' })
      expect(gateway.origin.seen).toEqual([])
      expect(await gateway.isUsed(credential)).toBe(false)
      gateway.rpc.fault = 'none'
      const gained = await gateway.gain(async () => {
        expect((await untilNotPending(() => gateway.pay(credential))).status).toBe(200)
      })
      expect(gained).toBe(PRICE)
    },
  )

  it('the facilitator would not settle: 402', async () => {
    gateway.facilitator.fault = 'refuse'
    expect((await gateway.pay(await gateway.credentialFor())).status).toBe(402)
    expect(gateway.origin.seen).toEqual([])
  })
})

describe('when it is settled', () => {
  /** Pays, with a fault that begins with the origin's answer. */
  async function payWith(credential: string, fault: () => void): Promise<Response> {
    gateway.origin.behave = (seen, response) => {
      fault()
      works(seen, response)
    }
    return gateway.pay(credential)
  }

  it.each(['break after sending', 'silent after sending', 'deny after sending'] as const)(
    'and the facilitator is to %s, the chain says that it was paid',
    async (fault) => {
      const credential = await gateway.credentialFor()
      const gained = await gateway.gain(async () => {
        const response = await payWith(credential, () => {
          gateway.facilitator.fault = fault
        })
        expect(response.status).toBe(200)
        expect(receiptOf(response)).toMatchObject({ method: 'evm' })
        expect((await gateway.pay(credential)).status).toBe(402)
      })
      expect(gained).toBe(PRICE)
      expect(gateway.facilitator.settled).toHaveLength(1)
    },
  )

  it.each([
    ['the facilitator is down', 'down'],
    ['the facilitator talks nonsense', 'garbage'],
    ['the facilitator only says that it has settled', 'lie'],
  ] as const)('and %s, it is pending, and the same credential goes on', async (_, fault) => {
    const credential = await gateway.credentialFor()
    const gained = await gateway.gain(async () => {
      const response = await payWith(credential, () => {
        gateway.facilitator.fault = fault
      })
      expect(response.status).toBe(503)
      expect(await response.json()).toMatchObject({ error: 'payment_pending' })
      expect(receiptOf(response)).toBeNull()
      gateway.facilitator.fault = 'none'
      gateway.origin.behave = works
      const again = await untilNotPending(() => gateway.pay(credential))
      expect(again.status).toBe(200)
      expect((await gateway.pay(credential)).status).toBe(402)
    })
    expect(gained).toBe(PRICE)
  })

  it.each([
    ['falls silent', 'down'],
    ['shows the use of the authorization, but not yet the transaction', 'no receipts'],
  ] as const)(
    'and the chain %s, it is pending, and the same credential goes on',
    async (_, fault) => {
      const credential = await gateway.credentialFor()
      const gained = await gateway.gain(async () => {
        const response = await payWith(credential, () => {
          gateway.rpc.fault = fault
        })
        expect(response.status).toBe(503)
        gateway.rpc.fault = 'none'
        gateway.origin.behave = works
        expect((await untilNotPending(() => gateway.pay(credential))).status).toBe(200)
        expect((await gateway.pay(credential)).status).toBe(402)
      })
      expect(gained).toBe(PRICE)
      expect(gateway.facilitator.settled).toHaveLength(1)
    },
  )
})

describe('both Workers end', () => {
  it('while the origin works: nothing was settled, nothing is lost', async () => {
    const credential = await gateway.credentialFor()
    const gained = await gateway.gain(async () => {
      const asked = new Promise<void>((resolve) => {
        gateway.origin.behave = () => resolve()
      })
      const cut = gateway.pay(credential).catch(() => 'cut')
      await asked
      await gateway.workers.restart()
      expect(await cut).toBe('cut')
      expect(await gateway.isUsed(credential)).toBe(false)
      gateway.origin.behave = works
      expect((await untilNotPending(() => gateway.pay(credential))).status).toBe(200)
    })
    expect(gained).toBe(PRICE)
  })

  it('while it is settled: the answer is owed, and given once', async () => {
    const credential = await gateway.credentialFor()
    const gained = await gateway.gain(async () => {
      gateway.facilitator.fault = 'silent after sending'
      const sent = new Promise<void>((resolve) => {
        gateway.facilitator.onSettle = resolve
      })
      const cut = gateway.pay(credential).catch(() => 'cut')
      await sent
      await gateway.workers.restart()
      expect(await cut).toBe('cut')
      expect((await untilNotPending(() => gateway.pay(credential))).status).toBe(200)
      expect((await gateway.pay(credential)).status).toBe(402)
    })
    expect(gained).toBe(PRICE)
  })
})

describe('the ledger', () => {
  it('has each payment by authorization, with its transaction', async () => {
    const query = `select "transaction" as hash, amount, currency from ledger_entries
      where kind = 'settlement' and account = 'revenue' and mode = 'authorization'`
    const { results } = await gateway.workers.database
      .prepare(query)
      .all<{ hash: string; amount: number; currency: string }>()
    expect(results.length).toBeGreaterThan(5)
    for (const { hash, amount, currency } of results) {
      expect(hash).toMatch(/^0x[0-9a-f]{64}$/)
      expect([amount, currency]).toEqual([Number(PRICE), EVM.currency])
    }
    expect(new Set(results.map(({ hash }) => hash)).size).toBe(results.length)
  })

  it('sums to zero after all of this, and nothing is left held', async () => {
    await expect.poll(() => gateway.workers.ledgerSums(), PATIENCE).toEqual({ sum: 0, held: 0 })
  })

  it('agrees with both chains, and says when one of them was not asked', async () => {
    const both = ['--reconcile', '--rpc', gateway.services.chain.url, '--recipient', RECIPIENT]
    const agreed = await ledger(...both, '--evm-rpc', gateway.chain.url)
    expect(agreed).toMatchObject({ code: 0, stderr: '' })
    expect(agreed.stdout).toMatch(/Compared with the chain of "evm": [1-9]\d* settlements/)
    expect(agreed.stdout).toContain('the ledger and the chain of "evm" agree ✓')
    const half = await ledger(...both)
    expect(half.code).toBe(2)
    expect(half.stderr).toMatch(/[1-9]\d* settlements by "evm" were not compared/)
    // A transfer that the ledger does not know.
    await gateway.chain.send('mint', [RECIPIENT, 7n])
    const differs = await ledger(...both, '--evm-rpc', gateway.chain.url)
    expect(differs.code).toBe(1)
    expect(differs.stdout).toMatch(/✗ on the chain, not in the ledger: .* 7 smallest units of/)
  })
})

// The last test, because it takes the chain's clock into the future.
it('an authorization that was not used in its time is released: nothing was charged', async () => {
  const credential = await gateway.credentialFor()
  const gained = await gateway.gain(async () => {
    gateway.origin.behave = (seen, response) => {
      gateway.facilitator.fault = 'down'
      works(seen, response)
    }
    expect((await gateway.pay(credential)).status).toBe(503)
    await gateway.chain.client.increaseTime({ seconds: 400 })
    await gateway.chain.client.mine({ blocks: 1 })
    expect((await untilNotPending(() => gateway.pay(credential))).status).toBe(402)
  })
  expect(gained).toBe(0n)
})

/** Runs `npm run ledger` to its end. */
function ledger(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const settings = { env: { ...process.env, DEV_FOLDER: gateway.folder } }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['cli/ledger/main.ts', ...args],
      settings,
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : error.code, stdout, stderr })
      },
    )
  })
}
